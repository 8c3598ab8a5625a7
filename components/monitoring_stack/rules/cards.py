"""What the exporter of each vendor tells of the accelerators that pods use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.accelerators import GPU_UTILIZATION_METRIC
from components.monitoring_stack.rules.watched import Watched
from settings import Vendor


@dataclass(frozen=True, kw_only=True)
class Cards:
    """The series of one exporter, of each card, and the labels ``each`` that tell cards apart.

    ``busy`` is in percent of the time. ``used`` is a part of what ``memory`` add up to, in one unit. ``fault`` is a
    condition on ``health``. The pod that uses a card is in the labels ``namespace`` and ``pod``, which Prometheus may
    rename, or in those of ``of_pod``.
    """

    exporter: str
    kind: str
    each: Sequence[str]
    busy: str
    used: str
    memory: Sequence[str]
    health: str
    fault: str
    faulty: str
    of_pod: tuple[str, str] | None = None

    @property
    def named(self) -> str:
        """One of them, in an alert's words."""
        place, number, *_ = self.each
        return f"{self.kind} {{{{ $labels.{number} }}}} of {{{{ $labels.{place} }}}}"

    @property
    def legend(self) -> str:
        """One of them, in a dashboard's."""
        return " ".join(f"{{{{{label}}}}}" for label in self.each)

    def of(self, model: Watched, name: str) -> str:
        """A series of each card that the model's pods use."""
        if self.of_pod is None:
            return f"max by ({', '.join(self.each)}) {model.of_others(name, pods=True)}"
        namespace, pod = self.of_pod
        own = f'{namespace}="{model.namespace}",{pod}=~"{model.pods}"'
        return f"max by ({', '.join(self.each)}) ({name}{{{own}}})"


CARDS: Mapping[Vendor, Cards] = {
    Vendor.NVIDIA: Cards(
        exporter="dcgm-exporter",
        kind="GPU",
        # MIG devices share the number of their card.
        each=("Hostname", "gpu", "GPU_I_ID"),
        busy=GPU_UTILIZATION_METRIC,
        used="DCGM_FI_DEV_FB_USED",
        memory=("DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE"),
        # The number of the last error, which stays until the exporter restarts: no rate of it means anything.
        health="DCGM_FI_DEV_XID_ERRORS",
        fault="> 0",
        faulty="has reported XID {{ $value }}.",
    ),
    Vendor.AMD: Cards(
        exporter="amd-metrics-exporter",
        kind="GPU",
        each=("hostname", "gpu_id"),
        busy="gpu_gfx_activity",
        used="gpu_used_vram",
        memory=("gpu_total_vram",),
        health="gpu_health",
        fault="== 0",
        faulty="is not healthy (health {{ $value }} of 1).",
    ),
    Vendor.INTEL: Cards(
        exporter="gaudi-metric-exporter",
        kind="Gaudi card",
        each=("pod_name", "id"),
        busy="habanalabs_utilization",
        used="habanalabs_memory_used_bytes",
        memory=("habanalabs_memory_total_bytes",),
        health="habanalabs_pending_rows_with_double_bit_ecc_errors",
        fault="> 0",
        faulty="has {{ $value }} rows of memory with errors that cannot be corrected.",
        of_pod=("pod_namespace", "pod_name"),
    ),
}


def cards_of(model: Watched) -> Cards | None:
    """What is told of the model's accelerators, if it has any."""
    return CARDS[model.args.devices.vendor] if model.args.devices else None
