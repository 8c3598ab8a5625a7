"""Check that everything that a stack uses has a price."""

from collections.abc import Iterator, Sequence

from settings.cluster.prices import Prices
from settings.cluster.resource_class import ResourceClass
from settings.gpu.gpu_pool import GpuPool
from settings.gpu.provisioning import CapacityType
from settings.model.model import Model
from settings.validation.issues import MISSING, Issue


def price_issues(
    prices: Prices | None, pools: Sequence[GpuPool], models: Sequence[tuple[Model, ResourceClass | None]]
) -> Iterator[Issue]:
    """What the stack uses without a price: an estimate without it would look complete."""
    if prices is None:
        return
    for accelerator, pool in {pool.accelerator: pool.name for pool in reversed(pools)}.items():
        if accelerator not in prices.accelerator_hour:
            yield _missing(("accelerator_hour", accelerator), f"the accelerator of pool '{pool}'")
    spot = next((pool.name for pool in pools if CapacityType.SPOT in pool.capacity), None)
    if spot and prices.spot_discount_percent is None:
        yield _missing(("spot_discount_percent",), f"the spot nodes of pool '{spot}'")
    accelerated = [model.name for model, resources in models if resources and resources.gpu_request]
    if accelerated and not pools and prices.any_gpu_hour is None:
        yield _missing(("any_gpu_hour",), f"the GPUs of model '{accelerated[0]}'")
    stored = [model.name for model, _ in models if model.volume]
    if stored and prices.storage_gib_month is None:
        yield _missing(("storage_gib_month",), f"the volume of model '{stored[0]}'")


def _missing(path: tuple[str, ...], used: str) -> Issue:
    key, *rest = path
    return Issue(
        path=(str(Prices.model_fields[key].alias), *rest),
        found=MISSING,
        expected=f"a price for {used}",
        hint="or remove prices",
    )
