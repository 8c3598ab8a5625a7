"""istiod in the live stack: one, for its gateway and for its mesh."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from components.service_mesh.profiles import profile_of
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live import istiod_pod, sidecar_injection
from inferencectl.sandbox.node.configuration import MESH_PLUGIN
from inferencectl.sandbox.node.real_node import RealNode
from inferencectl.sandbox.toolchain.toolchain import ISTIO, cache_directory
from settings import Gateway, Mesh

IMAGES = ("istiod", "istio-proxy")
READY_SECONDS = 120
_TEMPLATES = {
    istiod_pod.GATEWAY_TEMPLATE: "kube-gateway.yaml",
    istiod_pod.SIDECAR_TEMPLATE: "injection-template.yaml",
}


@dataclass(frozen=True, kw_only=True)
class LiveIstiod:
    """istiod for the models of the namespace `models`, for the `gateway` that leads to them, and for their `mesh`."""

    kubectl: Kubectl
    gateway: Gateway | None
    mesh: Mesh
    models: str

    def ensure(self, images: Mapping[str, LocalImage]) -> None:
        """Deploys it, in the same way for whatever asks first, and returns when it is ready.

        `images` are those of `IMAGES`, on the node. Raises SandboxError if it is not ready after two minutes.
        """
        directory = ISTIO.cached_directory(cache_directory()) / "files"
        image, proxy = (images[name].pinned for name in IMAGES)
        callers = [caller.namespace for caller in self.mesh.callers if caller.namespace]
        istiod = istiod_pod.Istiod(
            image=image,
            proxy=proxy,
            templates={name: (directory / file).read_text(encoding="utf-8") for name, file in _TEMPLATES.items()},
            gateways=self.gateway.namespace if self.gateway else None,
            watched=[self.models, *callers],
            injected=profile_of(self.mesh).namespace_labels(self.mesh),
        )
        self.kubectl.apply_objects(istiod_pod.manifests(istiod))
        self.kubectl.await_rollout(istiod_pod.NAME, istiod_pod.NAMESPACE, READY_SECONDS)

    def ensure_sidecars(
        self, images: Mapping[str, LocalImage], node: RealNode, progress: Callable[[str], None]
    ) -> None:
        """Returns when pods that are made in a namespace of the mesh get a proxy, to which `node` leads their traffic.

        Raises SandboxError as `ensure` does.
        """
        progress("starting the mesh in the cluster")
        self.kubectl.apply_objects(_role())
        node.processes.lead_through_proxies(ISTIO.cached_directory(cache_directory()) / MESH_PLUGIN)
        self.ensure(images)
        webhook = f"mutatingwebhookconfiguration/{sidecar_injection.NAME}"
        known = "--for=jsonpath={.webhooks[0].clientConfig.caBundle}"
        self.kubectl.run("wait", known, webhook, f"--timeout={READY_SECONDS}s")


def _role() -> list[Mapping[str, object]]:
    """The plug-in looks at the pod that is being made, and at nothing else."""
    name, group = f"sandbox:{MESH_PLUGIN}", "rbac.authorization.k8s.io"
    metadata = {"name": name}
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": group, "kind": "User", "name": name}],
        },
    ]
