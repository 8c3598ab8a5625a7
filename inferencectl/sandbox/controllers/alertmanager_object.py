"""An Alertmanager object of prometheus-operator, and the configuration that the operator writes for it."""

import gzip
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from kubernetes.client import ApiClient

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import SandboxError

_NAME = "alertmanager"
_SECONDS = 60.0
_POLL_SECONDS = 0.2


def operators_configuration(api: ApiClient, wanted: Mapping[str, Any]) -> str:
    """What the operator writes for an Alertmanager beside the AlertmanagerConfig `wanted`, which it selects by labels.

    Raises SandboxError if the operator does not take it: it leaves out one that names a Secret that is not there.
    """
    namespace, name = (wanted["metadata"][key] for key in ("namespace", "name"))
    resources = Resources(api)
    resources.apply({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Alertmanager",
        "metadata": {"name": _NAME, "namespace": namespace},
        "spec": {"replicas": 1, "alertmanagerConfigSelector": {"matchLabels": wanted["metadata"]["labels"]}},
    })  # fmt: skip
    secret = ObjectKey(
        group="", version="v1", kind="Secret", namespace=namespace, name=f"alertmanager-{_NAME}-generated"
    )
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        packed = ((resources.get(secret) or {}).get("data") or {}).get("alertmanager.yaml.gz", "")
        written = gzip.decompress(b64decode(packed)).decode() if packed else ""
        if f"{namespace}/{name}/" in written:
            return written
        time.sleep(_POLL_SECONDS)
    raise SandboxError(
        f"prometheus-operator has not taken AlertmanagerConfig {namespace}/{name} within {_SECONDS:.0f} s",
        "its log says why: controllers/prometheus-operator below the sandbox's directory",
    )
