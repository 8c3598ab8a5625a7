"""One release of a model: the versions that a deployment gave to clients, or tried to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter

from settings import Model, ProgressiveRelease, Strategy, Version, WeightsRelease
from settings import Release as ReleaseSetting

_SETTINGS: TypeAdapter[ReleaseSetting] = TypeAdapter(ReleaseSetting)


class Result(StrEnum):
    """What became of a release; one whose deployment was killed stays unfinished."""

    UNFINISHED = "unfinished"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ReleasedVersion:
    """A version of a release, as the stack file has it; ``name`` is that in the registry, if it came by one."""

    version: int
    storage: str
    sha256: str
    weight: int | None = None
    labels: tuple[str, ...] = ()
    name: str | None = None

    @classmethod
    def of(cls, version: Version) -> Self:
        """The version of a model in the settings."""
        return cls(**{field.name: getattr(version, field.name) for field in fields(cls)})

    @property
    def share_percent(self) -> int:
        """Share of the requests, as :attr:`settings.Version.share_percent`."""
        return 100 if self.weight is None else self.weight

    @property
    def settings(self) -> Mapping[str, object]:
        """The keys of the stack file that say this version, without its name, which may mean another one by now."""
        optional = {"weight": self.weight, "labels": [*self.labels] or None}
        said = {key: value for key, value in optional.items() if value is not None}
        return {"version": self.version, "storage": self.storage, "sha256": self.sha256, **said}

    def __str__(self) -> str:
        return str(self.version) if self.weight is None else f"{self.version} ({self.weight} %)"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release of a model; ``number`` counts from 1.

    ``at`` is when its deployment began (UTC, ISO 8601), ``by`` the user as whom the API server knew who deployed, and
    ``revision`` the commit of the checkout. ``rollout`` is the `rollout.strategy` of the model.
    """

    number: int
    at: str
    by: str
    revision: str
    result: Result
    rollout: Strategy
    versions: tuple[ReleasedVersion, ...]
    release: Mapping[str, Any] = field(default_factory=lambda: WeightsRelease().keys)
    """The keys of `release` in the stack file; records from before there were any have the strategy `weights`."""

    def is_of(self, model: Model) -> bool:
        """Whether it gave to clients what the settings of its model say now."""
        now = (model.rollout.strategy, versions_of(model), model.release.keys)
        return (self.rollout, self.versions, self.release) == now

    @property
    def data(self) -> Mapping[str, object]:
        """The release for JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The release that :attr:`data` describes; raises TypeError, ValueError or KeyError for anything else."""
        versions = tuple(ReleasedVersion(**{**each, "labels": tuple(each["labels"])}) for each in data["versions"])
        # Records of earlier programs call it `strategy`.
        others = {key: value for key, value in data.items() if key != "strategy"}
        result, rollout = Result(data["result"]), Strategy(data["strategy" if "strategy" in data else "rollout"])
        return cls(**{**others, "versions": versions, "result": result, "rollout": rollout})


def versions_of(model: Model) -> tuple[ReleasedVersion, ...]:
    """What a release of the model as it is in the settings gives to clients."""
    return tuple(map(ReleasedVersion.of, model.versions))


def release_setting(keys: Mapping[str, Any]) -> ReleaseSetting:
    """The release strategy that keys of the stack file say, such as those of a release on record.

    Raises:
        ValidationError: they say none, as where another version of this program has made the record.
    """
    return _SETTINGS.validate_python(dict(keys))


def going_back_to(release: Release, model: Model) -> Mapping[str, Any]:
    """The keys of the model in the stack file with which clients are where the release had them.

    With the rollout strategy `recreate`, what runs now stays in the settings and stops: its place is needed first. With
    the release strategy `progressive` it stays as well, as Flagger may still lead requests to it. Both from and to
    `progressive`, the way back is by weights: Flagger would judge a version step by step like any other, and does not
    begin with a candidate.
    """
    if model.rollout.strategy is not Strategy.RECREATE and not isinstance(model.release, ProgressiveRelease):
        was_progressive = release.release.get("strategy") == ProgressiveRelease.model_fields["strategy"].default
        led_by = WeightsRelease().keys if was_progressive else release.release
        return {"versions": [each.settings for each in release.versions], "release": led_by}
    back = max(release.versions, key=lambda each: each.share_percent)
    others = (each for each in versions_of(model) if each.version != back.version)
    versions = [{**back.settings, "weight": 100}, *({**each.settings, "weight": 0} for each in others)]
    return {"versions": versions, "release": WeightsRelease().keys}


def target(releases: Sequence[Release], model: Model, number: int | None) -> Release | None:
    """The release of that number; without one, the last that succeeded and gave clients something else than now."""
    if number is not None:
        return next((each for each in releases if each.number == number), None)
    earlier = (each for each in reversed(releases) if each.result is Result.SUCCEEDED and not each.is_of(model))
    return next(earlier, None)
