"""One version of a model."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, model_validator

from settings.model.pins import Pins
from settings.validation.issues import Issue, refuse_all
from settings.validation.section import Section, WholeNumber
from settings.validation.words import shown
from settings.values.text import DnsLabel, Sha256, StorageUri, VersionName, is_version_name
from settings.values.unvalidated import is_mapping

_PINNED = ("version", "storage", "sha256")


class Version(Section):
    """One exported version of a model, and its share of the requests."""

    name: VersionName | None = None
    """Name in the registry, such as `digits@stable`, in place of the next three, which `models.lock` then has."""
    version: Annotated[WholeNumber, Field(ge=1, le=2**63 - 1)]
    """Number of the version, as the runtime knows it."""
    storage: StorageUri
    """Folder in object storage that holds the files of the version and their `SHA256SUMS`."""
    sha256: Sha256
    """SHA-256 of that `SHA256SUMS` file; nothing is served whose digests differ."""
    weight: Annotated[WholeNumber, Field(ge=0, le=100)] = 100
    """Share of the requests in percent; each of several versions must name it, and they sum to 100."""
    labels: tuple[DnsLabel, ...] = ()
    """Names by which clients can ask for the version, such as `stable` or `canary`."""

    @model_validator(mode="before")
    @classmethod
    def _pinned(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - whatever stands in the stack file
        if not is_mapping(data) or not is_version_name(name := data.get("name")):
            return data
        pins: Pins = info.context or Pins("")
        if name in pins.by_name and not data.keys() & _PINNED:
            return {**data, **{key: getattr(pins.by_name[name], key) for key in _PINNED}}
        refuse_all([_refusal(name, pins.stack, [key for key in _PINNED if key in data])])
        return data


def _refusal(name: str, stack: str, beside: Sequence[str]) -> Issue:
    if beside:
        found, expected = f"{shown(name)}, beside {', '.join(beside)}", f"a name, or {', '.join(_PINNED)}, not both"
        return Issue(path=("name",), found=found, expected=expected, hint="remove the name to fix the version here")
    expected = "a name that models.lock pins for this stack"
    return Issue(path=("name",), found=shown(name), expected=expected, hint=f"run: make lock-models STACK={stack}")
