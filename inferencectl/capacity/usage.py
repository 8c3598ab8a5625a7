"""What pods take, in the resources that a ResourceQuota counts."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from settings import quantity_value

Usage = Mapping[str, Decimal]
"""Amounts by the names of a ResourceQuota, such as ``requests.cpu`` in cores and ``requests.memory`` in bytes."""

_LIMITED = ("cpu", "memory", "ephemeral-storage")


def usage_of(spec: Mapping[str, Any]) -> Usage:
    """What the quota counts for a pod with this spec: the containers together, or an init container if that is more.

    Defaults of a LimitRange are not known here; a container without requests counts with its limits.
    """
    init = spec.get("initContainers") or ()
    sidecars = [each for each in init if each.get("restartPolicy") == "Always"]
    together = total(_container(each) for each in [*spec["containers"], *sidecars])
    alone = [_container(each) for each in init if each not in sidecars]
    most = {
        name: max([together.get(name, Decimal(0)), *(each.get(name, Decimal(0)) for each in alone)])
        for name in {*together, *(name for each in alone for name in each)}
    }
    overhead = {f"requests.{name}": quantity_value(amount) for name, amount in (spec.get("overhead") or {}).items()}
    return total([most, overhead, {"pods": Decimal(1)}])


def total(parts: Iterable[Usage]) -> Usage:
    """The sum."""
    found: dict[str, Decimal] = {}
    for part in parts:
        for name, amount in part.items():
            found[name] = found.get(name, Decimal(0)) + amount
    return found


def times(each: Usage, count: int) -> Usage:
    """The usage of several pods."""
    return {name: amount * count for name, amount in each.items()}


def _container(container: Mapping[str, Any]) -> Usage:
    resources = container.get("resources") or {}
    limits = resources.get("limits") or {}
    requests = {**limits, **(resources.get("requests") or {})}
    return {
        **{f"requests.{name}": quantity_value(str(amount)) for name, amount in requests.items()},
        **{f"limits.{name}": quantity_value(str(limits[name])) for name in _LIMITED if name in limits},
    }
