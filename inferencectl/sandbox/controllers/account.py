"""The service account that a controller works with, so that it may do what its own RBAC rules say and no more."""

from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from inferencectl.workspace.files import write_atomically

TOKEN_SECONDS = 30 * 86_400


def write_kubeconfig(api: client.ApiClient, namespace: str, account: str, file: Path) -> None:
    """Writes a kubeconfig for a service account that exists; its token is good for 30 days."""
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
                    # As text beside it: what the client reads from is a temporary file.
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
