"""What every release strategy has in common."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

from settings.model.exposure import Exposure
from settings.model.rollout import Strategy
from settings.model.scaling import Scaling
from settings.model.version import Version
from settings.validation.issues import Issue
from settings.validation.section import Section


class Share(Protocol):
    """A version and its share of the requests in percent: one in the settings, or one of a release on record."""

    @property
    def version(self) -> int: ...  # noqa: D102

    @property
    def share_percent(self) -> int: ...  # noqa: D102


class ReleaseStrategy(Section):
    """How the requests of clients are led to the versions of a model.

    A member adds its `strategy`, a literal, and its keys, and says what it asks of the model.
    """

    splits: ClassVar[bool] = True
    """Whether the weights may share the requests among versions, given an exposure that can."""
    needs_gateway: ClassVar[bool] = True
    """Whether only the route of a gateway can do it."""
    runs_several: ClassVar[bool] = True
    """Whether it needs the pods of several versions at the same time."""
    keeps_all_ready: ClassVar[bool] = True
    """Whether a version of weight 0 has to have pods: its requests come without the load that would start one."""
    leads_past_weights: ClassVar[bool] = True
    """Whether a version of weight 0 may have requests, of which the load of the model does not tell how many."""

    @property
    def name(self) -> str:
        """The `strategy` of the member in the stack file."""
        return type(self).model_fields["strategy"].default

    @property
    def keys(self) -> Mapping[str, object]:
        """The keys of the stack file that say this strategy, without those that have their default."""
        set_keys = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {"strategy": self.name, **set_keys}

    def model_issues(self, versions: Sequence[Version], exposure: Exposure, rollout: Strategy) -> Iterator[Issue]:
        """What the strategy asks of a model and does not find; paths below the model."""
        if self.needs_gateway and exposure is not Exposure.GATEWAY:
            yield Issue(
                path=("release", "strategy"),
                found=f"{self.name} with exposure {exposure}",
                expected="exposure gateway, whose route tells requests apart, or strategy weights or blue-green",
            )
        if self.runs_several and rollout is Strategy.RECREATE:
            yield Issue(
                path=("rollout", "strategy"),
                found=f"{rollout} with release.strategy {self.name}",
                expected="surge, because several versions have pods at the same time, or release.strategy weights",
            )
        yield from self.version_issues(versions)

    def scaling_issues(self, scaling: Scaling) -> Iterator[Issue]:
        """What the strategy asks of the autoscaling of each version; paths below ``scaling``."""
        if self.keeps_all_ready and scaling.min_replicas == 0:
            yield Issue(
                path=("minReplicas",),
                found=f"0 with release.strategy {self.name}",
                expected="at least 1, so that a version of weight 0 can answer, or release.strategy weights",
            )
        for target in scaling.external_targets if self.leads_past_weights else ():
            yield Issue(
                path=(target.key,),
                found=f"the load of all versions, with release.strategy {self.name}",
                expected=f"no {target.key}, as it does not tell how much of it a version of weight 0 has",
                hint="scale by what is measured at the pods, such as requestsPerSecond alone, or set replicas",
            )

    def version_issues(self, versions: Sequence[Version]) -> Iterator[Issue]:
        """What the strategy asks of the versions; paths below the model. The weights are checked for every strategy."""
        del versions
        return iter(())

    def route_rules(self, versions: Sequence[Version]) -> int:
        """How many rules a route needs for each protocol."""
        del versions
        return 1

    def told(self, versions: Sequence[Share]) -> str:
        """What clients get, as a clause: ``90 % of the requests go to version 1, 10 % to version 2``."""
        raise NotImplementedError


def split_told(versions: Sequence[Share]) -> str:
    """How the weights share the requests among the versions, as a clause."""
    shares = [(version.share_percent, version.version) for version in versions if version.share_percent]
    (percent, first), *others = shares
    if percent == 100:
        return f"all requests go to version {first}"
    return ", ".join(
        [f"{percent} % of the requests go to version {first}", *(f"{p} % to version {v}" for p, v in others)]
    )
