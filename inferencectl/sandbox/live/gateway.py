"""The way into the live stack through a real gateway: istiod, and the proxy that it deploys for the Gateway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox import pki
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live import gateway_objects, istiod_pod
from inferencectl.sandbox.toolchain.toolchain import ISTIO, cache_directory
from settings import Gateway

IMAGES = ("istiod", "istio-proxy")
READY_SECONDS = 120
_TEMPLATE = "kube-gateway.yaml"


@dataclass(frozen=True, kw_only=True)
class LiveGateway:
    """The Gateway that the settings name, for models of the namespace `models`.

    Its certificate is kept in `directory`, for its host name.
    """

    kubectl: Kubectl
    directory: Path
    gateway: Gateway
    models: str

    @property
    def authority(self) -> Path:
        """The certificate that clients trust, once `ensure` has made it."""
        return self._certificate / "ca.crt"

    @property
    def port(self) -> str:
        """The key of its port among the local addresses."""
        return f"{gateway_objects.service_name(self.gateway)}:https"

    def ensure(self, images: Mapping[str, LocalImage], progress: Callable[[str], None]) -> None:
        """Deploys it; returns when its proxy has its configuration.

        `images` are those of `IMAGES`, on the node. Raises SandboxError if a part is not ready after two minutes.
        """
        progress("starting the gateway in the cluster")
        namespace = self.gateway.namespace
        certificate = pki.ensure_serving(self._certificate, f"*.{self.gateway.hostname}")
        files = {name: (certificate / name).read_bytes() for name in ("tls.crt", "tls.key")}
        template = ISTIO.cached_directory(cache_directory()) / "files" / _TEMPLATE
        istiod, proxy = (images[name].pinned for name in IMAGES)
        # The namespaces first: istiod's roles are in both.
        self.kubectl.apply_objects(gateway_objects.manifests(self.gateway, self.models, files))
        text = template.read_text(encoding="utf-8")
        self.kubectl.apply_objects(istiod_pod.manifests(istiod, proxy, text, namespace, [self.models]))
        self.kubectl.await_rollout(istiod_pod.NAME, istiod_pod.NAMESPACE, READY_SECONDS)
        programmed = ("wait", "--for=condition=Programmed", f"gateway/{self.gateway.name}")
        self.kubectl.run(*programmed, f"--namespace={namespace}", f"--timeout={READY_SECONDS}s")
        self.kubectl.await_rollout(gateway_objects.service_name(self.gateway), namespace, READY_SECONDS)

    @property
    def _certificate(self) -> Path:
        return self.directory / self.gateway.hostname
