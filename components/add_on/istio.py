"""Istio from its charts: definitions, CNI plug-in, control plane.

The values are keys of the charts' values.yaml (manifests/charts in istio/istio), which the tests compare: Helm ignores
those that a chart does not know.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from components.add_on.args import AddOnArgs, AddOnNamespace, ChartRelease
from settings import Mesh
from settings.cluster.mesh.installation import MeshInstallation

_SECONDS = 600
_SECCOMP = {"type": "RuntimeDefault"}
# What istiod sets once it is ready, and an upgrade as well. From the beginning, so that no object is accepted unseen,
# and installing again changes nothing.
_VALIDATION = {"validationFailurePolicy": "Fail"}


def istio(mesh: Mesh, installation: MeshInstallation, pull_secrets: Sequence[str] = ()) -> AddOnArgs:
    """Istio for ``mesh``, whose pods ask for native sidecars; redirection by the CNI plug-in keeps them restricted.

    The plug-in is on the nodes before the control plane gives a pod a proxy, which waits for its redirection. All pull
    their images with the ``pull_secrets``, Secrets of their namespaces, made once these exist.
    """
    system, nodes = mesh.control_plane_namespace, installation.cni_namespace
    return AddOnArgs(
        installation=installation,
        namespaces=[AddOnNamespace(name=system), AddOnNamespace(name=nodes, is_privileged=True)],
        releases=[
            _release("istio-base", "base", system, _base(mesh)),
            _release("istio-cni", "cni", nodes, _cni(installation, pull_secrets)),
            _release("istiod", "istiod", system, _istiod(mesh, installation, pull_secrets)),
        ],
    )


def _release(name: str, chart: str, namespace: str, values: Mapping[str, Any]) -> ChartRelease:
    return ChartRelease(name=name, chart=chart, namespace=namespace, values=values, timeout_seconds=_SECONDS)


def _base(mesh: Mesh) -> Mapping[str, Any]:
    return {
        "defaultRevision": "default",
        "base": _VALIDATION,
        # The account by which meshes of several clusters read each other.
        "global": {"istioNamespace": mesh.control_plane_namespace, "enableReaderRBAC": False},
    }


def _cni(installation: MeshInstallation, pull_secrets: Sequence[str]) -> Mapping[str, Any]:
    return {
        "image": installation.images.cni,
        "seccompProfile": _SECCOMP,
        # A node at a time, an upgrade of many nodes would not end in time.
        "updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}},
        "global": {"networkPolicy": {"enabled": True}, **_pulled_with(pull_secrets)},
        **_platform(installation),
    }


def _istiod(mesh: Mesh, installation: MeshInstallation, pull_secrets: Sequence[str]) -> Mapping[str, Any]:
    resources, proxy = installation.resources, installation.images.proxy
    return {
        "image": installation.images.istiod,
        "cni": {"enabled": True},
        "autoscaleEnabled": False,
        "replicaCount": installation.replicas,
        "resources": {
            "requests": {"cpu": resources.cpu, "memory": resources.memory},
            "limits": {"memory": resources.memory},
        },
        "seccompProfile": _SECCOMP,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": "istiod"}},
            }
        ],
        "meshConfig": {"trustDomain": mesh.trust_domain},
        "global": {
            "istioNamespace": mesh.control_plane_namespace,
            "enableReaderRBAC": False,
            "networkPolicy": {"enabled": True},
            "proxy": {"image": proxy, "seccompProfile": _SECCOMP},
            # The init container that looks whether the traffic is redirected.
            "proxy_init": {"image": proxy},
            **_pulled_with(pull_secrets),
        },
        "base": _VALIDATION,
        # Of the gateways' own pods.
        "gateways": {"seccompProfile": _SECCOMP},
        **_platform(installation),
    }


def _pulled_with(secrets: Sequence[str]) -> Mapping[str, Any]:
    return {"imagePullSecrets": list(secrets)} if secrets else {}


def _platform(installation: MeshInstallation) -> Mapping[str, Any]:
    return {"platform": str(installation.platform)} if installation.platform else {}
