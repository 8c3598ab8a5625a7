"""Plain requests to the API server: the tests' own view of the cluster, apart from the deployer's code."""

import json
from typing import Any

from kubernetes.client import ApiClient


class Rest:
    """JSON in, JSON out; an error of the API server is an AssertionError."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def get(self, path: str) -> Any:
        return self._request("GET", path)

    def post(self, path: str, body: object) -> Any:
        return self._request("POST", path, body)

    def merge(self, path: str, body: object) -> None:
        self._request("PATCH", path, body, "application/merge-patch+json")

    def delete(self, path: str) -> None:
        self._request("DELETE", path)

    def items(self, path: str) -> dict[str, Any]:
        """The items of a list by their names, without those that Kubernetes puts into every namespace."""
        found = {item["metadata"]["name"]: item for item in self.get(path)["items"]}
        return {name: item for name, item in found.items() if name != "kube-root-ca.crt"}

    def _request(self, verb: str, path: str, body: object = None, content_type: str = "application/json") -> Any:
        response = self._api.rest_client.pool_manager.request(
            verb,
            self._api.configuration.host + path,
            body=json.dumps(body),
            headers={**self._api.default_headers, "Content-Type": content_type},
        )
        assert response.status < 300, response.data
        return json.loads(response.data)


def config_maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


def deployments(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


def jobs(namespace: str) -> str:
    return f"/apis/batch/v1/namespaces/{namespace}/jobs"


INVENTORIES = "/api/v1/namespaces/inference-inventory/secrets"
NAMESPACES = "/api/v1/namespaces"
NODES = "/api/v1/nodes"
