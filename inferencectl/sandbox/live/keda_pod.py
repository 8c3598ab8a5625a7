"""The manifests of KEDA in the cluster: its operator and its metrics adapter, in one pod."""

import base64
from collections.abc import Mapping, Sequence

from inferencectl.sandbox.component_commands import CLIENT_RATE
from inferencectl.sandbox.controllers.keda import (
    ACCOUNT,
    EXTERNAL_METRICS,
    NAMESPACE,
    SERVICE,
    VARIABLES,
    upstream_manifests,
)
from inferencectl.sandbox.live.restricted_pod import SECURITY, Manifest, deployment, service

NAME = "keda"
HOSTS = ("localhost", f"{SERVICE}.{NAMESPACE}.svc")
"""The names in the certificate of both programs."""

_CERTIFICATES = "/certificates"
_OPERATOR_PORT = 9666
_HEALTH_PORT = 8081
_OPERATOR_METRICS_PORT = 8080
_ADAPTER_METRICS_PORT = 8082
_ADAPTER_PORT = 6443


def manifests(image: str, certificates: Mapping[str, bytes]) -> Sequence[Manifest]:
    """KEDA with the permissions that its own manifests grant; `certificates` has `ca.crt`, `tls.crt` and `tls.key`."""
    encoded = {name: base64.b64encode(data).decode() for name, data in certificates.items()}
    pod = {
        "serviceAccountName": ACCOUNT,
        "automountServiceAccountToken": True,
        "containers": [
            _container("operator", image, _operator(), {"port": _HEALTH_PORT}),
            _container("adapter", image, _adapter(), {"port": _ADAPTER_PORT, "scheme": "HTTPS"}),
        ],
        "volumes": [{"name": "certificates", "secret": {"secretName": NAME, "defaultMode": 0o440}}],
    }
    metadata = {"name": NAME, "namespace": NAMESPACE}
    return (
        *upstream_manifests(),
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded},
        deployment(NAME, NAMESPACE, pod, sorted(certificates.items())),
        service(SERVICE, NAMESPACE, NAME, [{"name": "https", "port": 443, "targetPort": _ADAPTER_PORT}]),
        EXTERNAL_METRICS.registration(443, certificates["ca.crt"]),
    )


def _operator() -> Sequence[str]:
    return (
        f"--metrics-bind-address=:{_OPERATOR_METRICS_PORT}",
        f"--health-probe-bind-address=:{_HEALTH_PORT}",
        f"--metrics-service-bind-address=localhost:{_OPERATOR_PORT}",
        f"--cert-dir={_CERTIFICATES}",
        *CLIENT_RATE,
    )


def _adapter() -> Sequence[str]:
    return (
        f"--secure-port={_ADAPTER_PORT}",
        f"--port={_ADAPTER_METRICS_PORT}",
        f"--metrics-service-address=localhost:{_OPERATOR_PORT}",
        f"--cert-dir={_CERTIFICATES}",
        f"--tls-cert-file={_CERTIFICATES}/tls.crt",
        f"--tls-private-key-file={_CERTIFICATES}/tls.key",
        *CLIENT_RATE,
    )


def _container(program: str, image: str, arguments: Sequence[str], ready: Manifest) -> Manifest:
    return {
        "name": program,
        "image": image,
        "command": [f"/{program}", *arguments],
        "env": [{"name": name, "value": value} for name, value in VARIABLES.items()],
        "ports": [{"name": program, "containerPort": ready["port"]}],
        "readinessProbe": {"httpGet": {"path": "/readyz", **ready}, "periodSeconds": 2},
        "resources": {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"memory": "384Mi"}},
        "securityContext": dict(SECURITY),
        "volumeMounts": [{"name": "certificates", "mountPath": _CERTIFICATES, "readOnly": True}],
    }
