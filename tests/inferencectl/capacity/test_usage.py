"""What a ResourceQuota counts for a pod, compared with what the API server counts."""

from decimal import Decimal
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.capacity.usage import usage_of
from settings import quantity_value
from tests.inferencectl.rest import Rest
from tests.waiting import soon


def container(name: str, cpu: str, memory: str, disk: str | None = None, **fields: Any) -> dict[str, Any]:
    amounts = {"cpu": cpu, "memory": memory, **({"ephemeral-storage": disk} if disk else {})}
    return {"name": name, "image": "server:1", "resources": {"requests": amounts, "limits": amounts}, **fields}


SPECS = {
    "one container": {"containers": [container("server", "500m", "1Gi")]},
    "two containers": {"containers": [container("server", "500m", "1Gi"), container("proxy", "1", "64Mi")]},
    "a larger init container": {
        "containers": [container("server", "500m", "1Gi")],
        "initContainers": [container("fetch", "2", "128Mi")],
    },
    "a sidecar": {
        "containers": [container("server", "500m", "1Gi")],
        "initContainers": [container("proxy", "2", "128Mi", restartPolicy="Always")],
    },
    "limits alone": {
        "containers": [{"name": "server", "image": "server:1", "resources": {"limits": {"cpu": "1", "memory": "1G"}}}]
    },
    "a disk": {
        "containers": [container("server", "1", "1Gi", disk="2Gi"), container("proxy", "1", "64Mi", disk="1Gi")],
        "initContainers": [container("fetch", "1", "64Mi", disk="4Gi")],
    },
    "a device": {
        "containers": [
            {"name": "server", "image": "server:1", "resources": {"limits": {"nvidia.com/gpu": "2"}}},
        ]
    },
}
COUNTED = (
    "requests.cpu",
    "limits.cpu",
    "requests.memory",
    "limits.memory",
    "requests.ephemeral-storage",
    "limits.ephemeral-storage",
    "requests.nvidia.com/gpu",
    "pods",
)


@pytest.mark.parametrize("name", SPECS)
def test_a_pod_takes_what_the_quota_counts(api_client: ApiClient, namespace: str, name: str) -> None:
    rest, core = Rest(api_client), f"/api/v1/namespaces/{namespace}"
    spec = SPECS[name]
    expected = usage_of(spec)
    counted = [key for key in COUNTED if key in expected]
    hard = dict.fromkeys(counted, "1000")
    hard.update({key: "1000Gi" for key in counted if key.endswith(("memory", "storage"))})
    rest.post(f"{core}/resourcequotas", {"metadata": {"name": "all"}, "spec": {"hard": hard}})

    def used() -> dict[str, Any]:
        return rest.get(f"{core}/resourcequotas/all").get("status", {}).get("used", {})

    soon(lambda: set(used()) == set(hard))
    rest.post(f"{core}/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": spec})
    soon(lambda: used()["pods"] == "1")

    assert {key: quantity_value(amount) for key, amount in used().items()} == expected
    assert expected["pods"] == Decimal(1)
