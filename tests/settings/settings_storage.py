"""Storage of every kind, as edits of the stack `dev`, with what a test of one kind may change."""

from collections.abc import Mapping
from typing import Any

GKE = (
    "identitynamespace:my-project.svc.id.goog:"
    "https://container.googleapis.com/v1/projects/my-project/locations/europe-west3/clusters/models"
)
CLIENT = "00000000-0000-4000-8000-000000000001"
GOOGLE: Mapping[str, Any] = {
    "type": "gs",
    "region": "europe-west3",
    "cidrs": ["199.36.153.8/30"],
    "identity": {"provider": GKE, "serviceAccount": "models@my-project.iam.gserviceaccount.com"},
}
AZURE: Mapping[str, Any] = {
    "type": "azblob",
    "account": "mymodels",
    "region": "westeurope",
    "cidrs": ["192.0.2.0/24"],
    "identity": {"clientId": CLIENT, "tenantId": CLIENT, "cidrs": ["198.51.100.0/24"]},
}
WEB: Mapping[str, Any] = {
    "type": "https",
    "endpoint": "https://models.internal.example:8443",
    "region": "eu-central-1",
    "credentialsSecret": "model-server",
    "authentication": "basic",
    "caConfigMap": "storage-authority",
    "cidrs": ["192.0.2.0/28"],
}
IN_CLUSTER: Mapping[str, Any] = {
    "type": "https",
    "endpoint": "http://models.web.svc:8080",
    "region": "eu-central-1",
    "plaintext": True,
    "pods": {"namespace": "web", "labels": {"app.kubernetes.io/name": "models"}, "port": 80},
}
CLAIM: Mapping[str, Any] = {
    "type": "claim",
    "claim": "published-models",
    "region": "eu-central-1",
    "accessMode": "ReadWriteMany",
}


def stored_in(storage: Mapping[str, Any], edits: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Edits by which the models of `dev` are in this storage, and then ``edits``."""
    prefix = {"https": f"{storage.get('endpoint')}/", "claim": f"claim://{storage.get('claim')}/"}.get(
        storage["type"], f"{storage['type']}://"
    )
    moved = {
        f"models.{model}.versions.{index}.storage": f"{prefix}models/model-{model}/{index + 1}"
        for model, index in ((0, 0), (0, 1), (1, 0), (2, 0))
    }
    return {"storage": storage, **moved, **(edits or {})}
