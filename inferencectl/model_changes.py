"""Which model versions a lock changes, described for reviewers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from settings import Pin, Pins


@dataclass(frozen=True, kw_only=True)
class ModelChange:
    """A version name that resolves differently than before; None where it did or does not resolve."""

    name: str
    before: Pin | None
    after: Pin | None
    remark: str = ""
    """Additional information; may be empty."""

    def __str__(self) -> str:
        model, _, _ = self.name.partition("@")
        suffix = f" ({metrics})" if (metrics := _metrics(self.before, self.after)) else ""
        return f"{model}: {_number(self.before)} → {_number(self.after)}{suffix} by {self.name}{self.remark}"

    @property
    def as_data(self) -> Mapping[str, object]:
        """The change as JSON-serialisable data."""
        before, after = (pin.model_dump(by_alias=True) if pin else None for pin in (self.before, self.after))
        return {"name": self.name, "before": before, "after": after, "text": str(self)}


def changes_of(*, names: Iterable[str], now: Pins, pinned: Pins, deployed: Pins | None) -> Sequence[ModelChange]:
    """What ``now`` changes for the stack's ``names`` and for those it no longer has.

    ``now`` is compared with what is ``deployed``, if anything is, and with what was ``pinned`` before.
    """
    wanted = {name: now.by_name[name] for name in names if name in now.by_name}
    known = {**wanted, **pinned.by_name, **(deployed.by_name if deployed else {})}
    changes = (_change(name, wanted.get(name), pinned, deployed) for name in sorted(known))
    return [change for change in changes if change]


def _change(name: str, after: Pin | None, pinned: Pins, deployed: Pins | None) -> ModelChange | None:
    locked = pinned.by_name.get(name)
    running = deployed.by_name.get(name) if deployed else locked
    if after != running:
        remark = ", as already pinned in models.lock" if deployed and after and after == locked else ""
        return ModelChange(name=name, before=running, after=after, remark=remark)
    if after != locked:
        return ModelChange(name=name, before=locked, after=after, remark=" in models.lock; already deployed")
    return None


def _number(pin: Pin | None) -> str:
    return str(pin.version) if pin else "none"


def _metrics(before: Pin | None, after: Pin | None) -> str:
    was, now = (pin.metrics if pin else {} for pin in (before, after))
    return ", ".join(_metric(was, now, name) for name in sorted(now or was))


def _metric(was: Mapping[str, float], now: Mapping[str, float], name: str) -> str:
    figures = dict.fromkeys(f"{metrics[name]:g}" for metrics in (was, now) if name in metrics)
    return f"{name} {' → '.join(figures)}"
