"""What scales the models of the live stack by their load: Prometheus and KEDA, as pods beside the models'."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox import pki
from inferencectl.sandbox.controllers import keda, prometheus
from inferencectl.sandbox.controllers.keda import EXTERNAL_METRICS
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live import keda_pod, prometheus_pod

IMAGES = ("prometheus", "keda")
READY_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class LoadScaling:
    """Prometheus and KEDA in the cluster; the certificate of KEDA's API is kept in `directory`."""

    kubectl: Kubectl
    directory: Path

    def ensure(
        self,
        images: Mapping[str, LocalImage],
        models: str,
        gateways: str | None,
        interval_seconds: int,
        progress: Callable[[str], None],
    ) -> None:
        """Scrapes the model servers of the namespace `models`, and returns when both are ready to scale by that.

        The proxies of the namespace `gateways` are scraped too. `images` are those of `IMAGES`, on the node. Raises
        SandboxError if one is not ready after two minutes.
        """
        progress("starting Prometheus and KEDA in the cluster")
        manifests = (
            *prometheus_pod.manifests(images["prometheus"].pinned, models, interval_seconds, gateways),
            *keda_pod.manifests(images["keda"].pinned, self._certificates()),
        )
        self.kubectl.apply_objects(manifests)
        self.kubectl.await_rollout(prometheus.NAME, prometheus.NAMESPACE, READY_SECONDS)
        self.kubectl.await_rollout(keda_pod.NAME, keda.NAMESPACE, READY_SECONDS)
        registered = f"apiservice/{EXTERNAL_METRICS.name}"
        self.kubectl.run("wait", "--for=condition=Available", registered, f"--timeout={READY_SECONDS}s")

    def _certificates(self) -> Mapping[str, bytes]:
        directory = pki.ensure_serving(self.directory, *keda_pod.HOSTS)
        return {name: (directory / name).read_bytes() for name in ("ca.crt", "tls.crt", "tls.key")}
