"""Models that do not answer for a while during a change, because both versions do not fit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from settings import Model, Platform


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A model whose servers of version ``stopped`` end before those of version ``started`` are ready.

    It lasts for ``drain_seconds``, in which requests under way end, and until the new servers have loaded the model,
    each of which may take ``load_seconds``.
    """

    model: str
    stopped: int
    started: int
    drain_seconds: int
    load_seconds: int

    def __str__(self) -> str:
        return (
            f"outage of {self.model}: the servers of version {self.stopped} stop before those of version "
            f"{self.started} start (rollout.strategy recreate); it does not answer until version {self.started} is "
            f"ready, which may take {self.drain_seconds} s to drain and {self.load_seconds} s to load a pod"
        )


def outages(platform: Platform, running: Iterable[str]) -> tuple[Outage, ...]:
    """The outages of a change to ``platform``; ``running`` are the names of the workloads that have pods now."""
    names = frozenset(running)
    return tuple(outage for model in platform.models for outage in _outages(model, names))


def _outages(model: Model, names: frozenset[str]) -> Iterator[Outage]:
    (started, *_) = sorted(model.running, key=lambda version: version.share_percent, reverse=True)
    for version in model.versions:
        if version not in model.running and f"{model.name}-v{version.version}" in names:
            yield Outage(
                model=model.name,
                stopped=version.version,
                started=started.version,
                drain_seconds=model.drain_seconds,
                load_seconds=model.load_timeout_seconds,
            )
