"""Reads, applies and deletes objects of any kind."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from kubernetes.client import ApiClient

from inferencectl.deployer.connection import APPLY, ApiError, Connection
from inferencectl.deployer.keys import ObjectKey
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

FIELD_MANAGER = "inference"
# Enough to keep a small API server busy; more threads only slow its responses down.
WORKERS = 8
_GONE_SECONDS = 300.0
_SERVED_SECONDS = 30.0
_PAUSE_SECONDS = 0.1
_PAGE = 500
# Below this number, single GETs are cheaper than a LIST, which also returns the objects of others.
_LIST_FROM = 10

Manifest = dict[str, Any]
Propagation = Literal["Background", "Foreground"]


@dataclass(frozen=True, kw_only=True)
class _Kind:
    plural: str
    namespaced: bool


class Resources:
    """The objects of one cluster, whose kinds are found by discovery; safe for use by several threads."""

    def __init__(self, api: ApiClient) -> None:
        self._connection = Connection(api)
        self._kinds: dict[str, dict[str, _Kind]] = {}

    def is_known(self, key: ObjectKey) -> bool:
        """Whether the cluster currently serves the key's kind in its version."""
        return self._kind(key) is not None

    def require_scope(self, key: ObjectKey) -> None:
        """Raise SandboxError if the namespace of a key of a known kind is missing or not allowed."""
        kind = self._kind(key)
        if kind and kind.namespaced and not key.namespace:
            raise SandboxError(
                f"{key} has no metadata.namespace",
                "set one: the sandbox does not deploy to the namespace `default` by accident",
                exit_code=BAD_INPUT,
            )
        if kind and not kind.namespaced and key.namespace:
            raise SandboxError(
                f"{key} has a metadata.namespace, but its kind is cluster-scoped",
                "remove metadata.namespace",
                exit_code=BAD_INPUT,
            )

    def may(self, verb: str, key: ObjectKey) -> bool:
        """Whether this user may do that to any object of the key's known kind, in its namespace."""
        kind = self._kind(key)
        asked = {"verb": verb, "group": key.group, "resource": kind.plural if kind else "", "namespace": key.namespace}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return self._connection.request("POST", path, subject=f"whether I may {verb} {key}", body=body)["status"][
            "allowed"
        ]

    def apply(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Manifest:
        """Apply a manifest on the server side, taking ownership of its fields; returns the resulting object."""
        key = ObjectKey.of(manifest)
        query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = self._path(key, key.name)
        return self._connection.request("PATCH", path, subject=key, query=query, body=manifest, content_type=APPLY)

    def share(self, manifest: Mapping[str, Any], manager: str) -> None:
        """Make `manager` an owner of the manifest's fields too, beside those that they have.

        Raises:
            ApiError: 409, and nothing is changed, if one of the fields has another value.
        """
        key = ObjectKey.of(manifest)
        path, query = self._path(key, key.name), {"fieldManager": manager}
        self._connection.request("PATCH", path, subject=key, query=query, body=manifest, content_type=APPLY)

    def get(self, key: ObjectKey) -> Manifest | None:
        """Read one object; None if it does not exist."""
        try:
            return self._connection.request("GET", self._path(key, key.name), subject=key)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def all_like(self, key: ObjectKey, **query: str) -> Iterator[Manifest]:
        """Read all objects of the key's kind and namespace, in pages; `query` is e.g. a fieldSelector."""
        parameters: dict[str, str | int] = {"limit": _PAGE, **query}
        subject = f"{key.kind} list of {key.namespace or 'the cluster'}"
        while True:
            page = self._connection.request("GET", self._path(key), subject=subject, query=parameters)
            for item in page["items"]:
                yield {"apiVersion": key.api_version, "kind": key.kind, **item}
            if not (token := page["metadata"].get("continue")):
                return
            parameters["continue"] = token

    def live(self, keys: Iterable[ObjectKey]) -> dict[ObjectKey, Manifest]:
        """Read the objects that exist, in few and small requests."""
        groups: dict[tuple[str, str, str], list[ObjectKey]] = defaultdict(list)
        for key in keys:
            if self.is_known(key):
                groups[key.api_version, key.kind, key.namespace].append(key)
        with ThreadPoolExecutor(WORKERS) as pool:
            found = pool.map(self._live_group, groups.values())
            return {ObjectKey.of(manifest): manifest for manifests in found for manifest in manifests}

    def delete(self, key: ObjectKey, propagation: Propagation) -> None:
        """Request an object's deletion, without waiting for it; does nothing if the object does not exist."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        try:
            self._connection.request("DELETE", self._path(key, key.name), subject=key, body=body)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def await_gone(self, keys: Iterable[ObjectKey]) -> None:
        """Wait until none of the objects exists.

        Raises:
            SandboxError: some still exist after five minutes; the error names them and their finalizers.
        """
        remaining = list(keys)
        deadline = time.monotonic() + _GONE_SECONDS
        while remaining := list((live := self.live(remaining)).keys()):
            if time.monotonic() > deadline:
                holders = {key: live[key]["metadata"].get("finalizers") or [] for key in remaining[:10]}
                named = ", ".join(f"{key} (finalizers: {', '.join(held) or 'none'})" for key, held in holders.items())
                raise SandboxError(
                    f"{len(remaining)} objects are still being deleted after {_GONE_SECONDS:.0f} s: {named}",
                    "make sure that the controllers of these finalizers are running, then run the same command again",
                )
            time.sleep(_PAUSE_SECONDS)

    def await_served(self, key: ObjectKey) -> None:
        """Wait until the cluster serves the key's kind, which is shortly after its definition is established."""
        deadline = time.monotonic() + _SERVED_SECONDS
        while not self.is_known(key) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)

    def _live_group(self, keys: list[ObjectKey]) -> list[Manifest]:
        if len(keys) < _LIST_FROM:
            return [manifest for key in keys if (manifest := self.get(key))]
        wanted = {key.name for key in keys}
        return [manifest for manifest in self.all_like(keys[0]) if manifest["metadata"]["name"] in wanted]

    def _kind(self, key: ObjectKey) -> _Kind | None:
        kinds = self._kinds.get(key.api_version, {})
        if key.kind not in kinds:
            kinds = self._kinds[key.api_version] = self._discover(key.api_version)
        return kinds.get(key.kind)

    def _discover(self, api_version: str) -> dict[str, _Kind]:
        try:
            found = self._connection.request("GET", _root(api_version), subject=f"the kinds of {api_version}")
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return {}
            raise
        return {
            item["kind"]: _Kind(plural=item["name"], namespaced=item["namespaced"])
            for item in found["resources"]
            if "/" not in item["name"]
        }

    def _path(self, key: ObjectKey, name: str = "") -> str:
        kind = self._kind(key)
        if kind is None:
            raise SandboxError(
                f"{key}: the cluster has no kind {key.kind} in {key.api_version}",
                "install the operator or definition that provides it, or correct apiVersion and kind",
                exit_code=BAD_INPUT,
            )
        self.require_scope(key)
        parts = [_root(key.api_version), *(("namespaces", key.namespace) if kind.namespaced else ()), kind.plural]
        return "/".join([*parts, name] if name else parts)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
