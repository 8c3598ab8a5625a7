"""The service account of a controller, which limits it to what its own RBAC rules allow."""

from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from inferencectl.workspace.files import write_atomically

TOKEN_SECONDS = 30 * 86_400


def write_kubeconfig(api: client.ApiClient, namespace: str, account: str, file: Path) -> None:
    """Writes a kubeconfig for an existing service account; its token is valid for 30 days."""
    request = {"spec": {"expirationSeconds": TOKEN_SECONDS}}
    issued: Any = client.CoreV1Api(api).create_namespaced_service_account_token(account, namespace, request)
    authority = Path(api.configuration.ssl_ca_cert).read_text()
    text = yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "sandbox",
                    # A copy beside it: the file that the client reads from is temporary.
                    "cluster": {"server": api.configuration.host, "certificate-authority": f"{file}.crt"},
                }
            ],
            "users": [{"name": account, "user": {"token": issued.status.token}}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": account}}],
            "current-context": "sandbox",
        }
    )
    write_atomically(Path(f"{file}.crt"), authority)
    write_atomically(file, text)
