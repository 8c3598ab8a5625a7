"""How the alerts on AMD's and Intel's accelerators come and go."""

from tests.components.monitoring_stack.given import gauge
from tests.components.monitoring_stack.scene import Scene, Series

_AMD = (
    'exported_namespace="models",exported_pod="instinct-v1-7d9f8c-abcde",namespace="gpu-operator",pod="exporter",'
    'gpu_id="3",hostname="node-1"'
)
_GAUDI = 'pod_namespace="models",pod_name="habana-v1-7d9f8c-abcde",id="5",Serial="A1",namespace="gpu-operator"'
_OF_AMD, _OF_GAUDI = {"hostname": "node-1", "gpu_id": "3"}, {"pod_name": "habana-v1-7d9f8c-abcde", "id": "5"}


def _amd(name: str, good: float, bad: float, *, amount: bool = False) -> Series:
    return gauge(f"gpu_{name}{{{_AMD}}}", good, bad, amount=amount)


def _gaudi(name: str, good: float, bad: float, *, amount: bool = False) -> Series:
    return gauge(f"habanalabs_{name}{{{_GAUDI}}}", good, bad, amount=amount)


def _warning(alert: str, model: str, series: list[Series], description: str, near: list[Series]) -> Scene:
    return Scene(
        alert=alert,
        also=f"of {model}",
        model=model,
        severity="warning",
        series=series,
        pending=4,
        firing=5,
        labels=_OF_AMD if model == "instinct" else _OF_GAUDI,
        description=description,
        near_misses={"the limit": near},
    )


def _faulty(model: str, series: Series, description: str) -> Scene:
    return Scene(
        alert="ModelGpuError",
        also=f"of {model}",
        model=model,
        severity="critical",
        series=[series],
        pending=0,
        firing=1,
        labels=_OF_AMD if model == "instinct" else _OF_GAUDI,
        description=description,
    )


_CARD = "Gaudi card 5 of habana-v1-7d9f8c-abcde"
CARDS = (
    _warning(
        "ModelGpuBusy",
        "instinct",
        [_amd("gfx_activity", 50, 95)],
        "GPU 3 of node-1 computes 95 % of the time.",
        [_amd("gfx_activity", 50, 90)],
    ),
    _warning(
        "ModelGpuBusy",
        "habana",
        [_gaudi("utilization", 50, 95)],
        f"{_CARD} computes 95 % of the time.",
        [_gaudi("utilization", 50, 90)],
    ),
    _warning(
        "ModelGpuMemoryHigh",
        "instinct",
        [_amd("used_vram", 98_304, 194_600, amount=True), _amd("total_vram", 196_608, 196_608, amount=True)],
        "99 % of the memory of GPU 3 of node-1 is in use.",
        [_amd("used_vram", 98_304, 186_777, amount=True)],
    ),
    _warning(
        "ModelGpuMemoryHigh",
        "habana",
        [
            _gaudi("memory_used_bytes", 6e10, 1.26e11, amount=True),
            _gaudi("memory_total_bytes", 1.28e11, 1.28e11, amount=True),
        ],
        f"98 % of the memory of {_CARD} is in use.",
        [_gaudi("memory_used_bytes", 6e10, 1.21e11, amount=True)],
    ),
    _faulty("instinct", _amd("health", 1, 0), "GPU 3 of node-1 is not healthy (health 0 of 1)."),
    _faulty(
        "habana",
        _gaudi("pending_rows_with_double_bit_ecc_errors", 0, 1),
        f"{_CARD} has 1 rows of memory with errors that cannot be corrected.",
    ),
)
