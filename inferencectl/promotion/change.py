"""What a promotion changes of a model that is in the stack already."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from inferencectl.promotion.keys import travelling
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Model, Platform, ProgressiveRelease, Version


@dataclass(frozen=True, kw_only=True)
class Change:
    """The version that a model gets, beside those that it has, and the keys that come with it.

    ``version`` has the keys of the stack file, and is None where the version is there already. ``candidate`` is the
    number that its release strategy tries from now on, if it tries one. A key of the model with the value None goes.
    """

    version: Mapping[str, Any] | None
    candidate: int | None
    keys: Mapping[str, Any]

    def __bool__(self) -> bool:
        return self.version is not None or bool(self.keys)

    def applied_to(self, model: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of the model in the stack file after the change."""
        gone = {key for key, value in self.keys.items() if value is None}
        made: dict[str, Any] = {**deepcopy(dict(model)), **self.keys}
        made = {key: value for key, value in made.items() if key not in gone}
        if self.version is not None:
            # Validation has seen to it that only a single version is without a weight.
            made["versions"] = [{"weight": 100, **each} for each in made["versions"]] + [dict(self.version)]
        if self.candidate is not None:
            made["release"]["candidate"] = self.candidate
        return made


@dataclass(frozen=True, kw_only=True)
class Proved:
    """A version of a model in the stack where it was proved, and the keys of the model in that stack's file."""

    stack: str
    platform: Platform
    model: Model
    version: Version
    written: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.model.name} {self.version.version}"


def change_of(proved: Proved, target: str, place: Platform, here: Model) -> Change:
    """What brings a version to the model as it is `here`, in the stack ``target``; clients get nothing else by it.

    Raises:
        SandboxError: there is another version of that number, or a release of another version is in progress.
    """
    keys = dict(travelling(proved.written, proved.model, here))
    if _is_there(proved, target, here):
        return Change(version=None, candidate=None, keys=keys)
    entry = entry_of(proved, place)
    # The sizes of named versions are in the lock.
    if "name" not in entry and all(version.name for version in here.versions):
        keys.setdefault("size", here.size)
    candidate = _candidate(here, proved.version.version, target)
    return Change(version={**entry, "weight": 0}, candidate=candidate, keys=keys)


def entry_of(proved: Proved, place: Platform) -> Mapping[str, Any]:
    """The keys that say exactly this version: its name by number where both stacks name versions of one registry."""
    version, registry = proved.version, proved.platform.registry
    if version.name and registry and place.registry and registry.url == place.registry.url:
        # A label such as @stable may mean another version by the time at which somebody deploys it.
        return {"name": f"{version.name.partition('@')[0]}@{version.version}"}
    return {"version": version.version, "storage": version.storage, "sha256": version.sha256}


def _is_there(proved: Proved, target: str, here: Model) -> bool:
    wanted = proved.version
    for version in here.versions:
        if version.version != wanted.version:
            continue
        if (version.storage, version.sha256) == (wanted.storage, wanted.sha256):
            return True
        raise SandboxError(
            f"{target} has a version {version.version} of {here.name} with other files: {version.storage} with sha256 "
            f"{version.sha256}; in {proved.stack} it is {wanted.storage} with sha256 {wanted.sha256}",
            "a number means one version only: publish the files as a version of their own, and promote that",
            exit_code=BAD_INPUT,
        )
    return False


def _candidate(here: Model, number: int, target: str) -> int | None:
    """What the release strategy of the model tries: the new version, if it tries one beside those with a weight."""
    if "candidate" not in type(here.release).model_fields:
        return None
    tried = getattr(here.release, "candidate", None)
    if isinstance(here.release, ProgressiveRelease) and tried is not None:
        raise SandboxError(
            f"{target} releases version {tried} of {here.name} progressively, and Flagger leads requests to it",
            "settle that release first: docs/releases.md#progressive says how",
            exit_code=BAD_INPUT,
        )
    return number
