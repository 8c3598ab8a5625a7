"""One version of a model."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, model_validator

from settings.model.pins import Pins
from settings.validation.issues import Issue, refuse_all
from settings.validation.section import Section, WholeNumber
from settings.validation.words import shown
from settings.values.storage_names import StorageUri
from settings.values.text import DnsLabel, Sha256, VersionName, is_version_name
from settings.values.unvalidated import is_mapping

_PINNED = ("version", "storage", "sha256")


class Version(Section):
    """One exported version of a model, and its share of the requests."""

    name: VersionName | None = None
    """Name in the registry, such as `digits@stable`, instead of the next three keys; `models.lock` resolves it."""
    version: Annotated[WholeNumber, Field(ge=1, le=2**63 - 1)]
    """Number of the version in the runtime."""
    storage: StorageUri
    """Folder in object storage with the files of the version and their `SHA256SUMS`."""
    sha256: Sha256
    """SHA-256 of that `SHA256SUMS` file; a version whose digests differ is not served."""
    weight: Annotated[WholeNumber, Field(ge=0, le=100)] | None = None
    """Share of the requests in percent; required if there are several versions; their weights sum to 100."""
    labels: tuple[DnsLabel, ...] = ()
    """Names that clients can request the version by, such as `stable` or `canary`."""

    @property
    def share_percent(self) -> int:
        """Share of the requests; the only version of a model needs no weight to get them all."""
        return 100 if self.weight is None else self.weight

    @model_validator(mode="before")
    @classmethod
    def _pinned(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - any value of the stack file
        if not is_mapping(data) or not is_version_name(name := data.get("name")):
            return data
        pins: Pins = info.context or Pins("")
        if name in pins.by_name and not data.keys() & _PINNED:
            return {**data, **{key: getattr(pins.by_name[name], key) for key in _PINNED}}
        refuse_all([_refusal(name, pins.stack, [key for key in _PINNED if key in data])])
        return data


def _refusal(name: str, stack: str, pinned_keys: Sequence[str]) -> Issue:
    if pinned_keys:
        found, expected = (
            f"{shown(name)}, in addition to {', '.join(pinned_keys)}",
            f"a name, or {', '.join(_PINNED)}, not both",
        )
        return Issue(path=("name",), found=found, expected=expected, hint="remove the name to fix the version here")
    expected = "a name that models.lock pins for this stack"
    return Issue(path=("name",), found=shown(name), expected=expected, hint=f"run: make lock-models STACK={stack}")
