"""The way into the live stack through a real gateway: istiod, and the proxy that it deploys for the Gateway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox import pki
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live import gateway_objects
from inferencectl.sandbox.live.istiod import READY_SECONDS, LiveIstiod
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Gateway, Mesh

_SUPPORTED = "{createNamespace: false, serviceType: ClusterIP, replicas: 1, certificate: {secret: gateway-tls}}"


@dataclass(frozen=True, kw_only=True)
class LiveGateway:
    """The Gateway that the settings name, for models of the namespace `models`, which may be part of a `mesh`.

    Its certificate is kept in `directory`, for its host name.
    """

    kubectl: Kubectl
    directory: Path
    gateway: Gateway
    models: str
    mesh: Mesh

    @property
    def authority(self) -> Path:
        """The certificate that clients trust, once `ensure` has made it."""
        return self._certificate / "ca.crt"

    @property
    def port(self) -> str:
        """The key of its port among the local addresses."""
        return f"{self.gateway.name_of_istios_proxies}:https"

    def require_supported(self) -> None:
        """Raises SandboxError (exit code 2) if the settings ask for what the sandbox does not have."""
        owned = self.gateway.owned
        if owned is None or not owned.is_istios or owned.create_namespace or not owned.certificate.secret:
            raise SandboxError(
                f"the live stack has istiod, a namespace and a certificate for gateway '{self.gateway.name}', and its "
                "settings ask for something else",
                f"set gateway.owned: {_SUPPORTED}; nothing was changed",
                exit_code=BAD_INPUT,
            )

    def ensure(self, images: Mapping[str, LocalImage], progress: Callable[[str], None]) -> None:
        """Starts istiod, and makes what the Gateway needs in its namespace.

        `images` are those of istiod, on the node. Raises SandboxError if istiod is not ready after two minutes.
        """
        progress("starting the gateway's control plane in the cluster")
        certificate = pki.ensure_serving(self._certificate, f"*.{self.gateway.hostname}")
        files = {name: (certificate / name).read_bytes() for name in ("tls.crt", "tls.key")}
        # The namespaces first: istiod's roles are in both.
        self.kubectl.apply_objects(gateway_objects.manifests(self.gateway, files))
        LiveIstiod(kubectl=self.kubectl, gateway=self.gateway, mesh=self.mesh, models=self.models).ensure(images)

    def await_programmed(self) -> None:
        """Returns when the proxies of the Gateway, which the stack has made, have their configuration.

        Raises SandboxError if they have not after two minutes.
        """
        namespace = self.gateway.namespace
        programmed = ("wait", "--for=condition=Programmed", f"gateway/{self.gateway.name}")
        self.kubectl.run(*programmed, f"--namespace={namespace}", f"--timeout={READY_SECONDS}s")
        self.kubectl.await_rollout(self.gateway.name_of_istios_proxies, namespace, READY_SECONDS)

    @property
    def _certificate(self) -> Path:
        return self.directory / self.gateway.hostname
