"""The namespace of a controller's account: upstream's manifests are for the namespace `default`."""

from collections.abc import Mapping
from typing import Any

_UPSTREAM = "default"


def moved(manifest: Mapping[str, Any], namespace: str) -> Mapping[str, Any]:
    """The manifest of an account, a role or a binding, for `namespace`."""
    result = {**manifest, "metadata": dict(manifest["metadata"])}
    if result["metadata"].get("namespace") == _UPSTREAM:
        result["metadata"]["namespace"] = namespace
    if "subjects" in result:
        result["subjects"] = [{**subject, "namespace": namespace} for subject in result["subjects"]]
    return result
