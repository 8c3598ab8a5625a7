"""Names of models and labels, references such as `digits@stable`, and the keys of objects in the registry."""

import re
from dataclasses import dataclass

from registry.errors import bad_input
from registry.listing import LISTING

LATEST = "latest"
"""The label that always refers to the highest version that may be served."""

# A Service name and a DNS label, as in settings/values/text.py: the same names are used in stacks.
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Reference:
    """A reference to a version of a model by number or label."""

    name: str
    wanted: int | str

    def __str__(self) -> str:
        return f"{self.name}@{self.wanted}"


def reference(text: str) -> Reference:
    """The reference in `NAME`, `NAME@LABEL` or `NAME@NUMBER`; a name alone refers to its latest version.

    Raises:
        RegistryError: `text` is not a valid reference.
    """
    name, at, wanted = text.partition("@")
    require_name(name)
    if not at or wanted == LATEST:
        return Reference(name, LATEST)
    if re.fullmatch(r"[1-9][0-9]{0,18}", wanted):
        return Reference(name, int(wanted))
    require_label(wanted)
    return Reference(name, wanted)


def foreign_reference(text: str) -> Reference:
    """The reference in `text`, whose name may have any form, as other registries allow.

    Raises:
        RegistryError: the name is empty.
    """
    name, at, wanted = text.rpartition("@")
    if not at:
        return Reference(text, LATEST)
    if not name:
        raise bad_input(f"{text!r} has no model name", "use NAME, NAME@LABEL or NAME@NUMBER")
    return Reference(name, int(wanted) if wanted.isascii() and wanted.isdecimal() else wanted)


def require_name(name: str) -> None:
    """Check that `name` can be the name of a model in a stack.

    Raises:
        RegistryError: `name` is not a valid model name.
    """
    if not _NAME.fullmatch(name):
        raise bad_input(
            f"{name!r} is not a valid model name", "use at most 40 of a-z, 0-9 and '-', starting with a letter"
        )


def require_label(label: str) -> None:
    """Check that `label` can be a label.

    Raises:
        RegistryError: `label` is not a valid label.
    """
    if not _LABEL.fullmatch(label):
        raise bad_input(
            f"{label!r} is neither a version number nor a valid label",
            "use a number, or at most 63 of a-z, 0-9 and '-', starting with a letter",
        )


def folder(name: str, version: int) -> str:
    """The folder of a version's files."""
    return f"{name}/{version}"


def listing_key(name: str, version: int) -> str:
    """The key of a version's listing, which is written last: a version that has one is published."""
    return f"{folder(name, version)}/{LISTING}"


def claims_folder(name: str) -> str:
    """The folder of a model's claims."""
    return f"{name}/claims"


def claim_key(name: str, version: int) -> str:
    """The key of a version's claim, which is written first."""
    return f"{claims_folder(name)}/{version}.json"


def label_key(name: str, label: str) -> str:
    """The key of a label."""
    return f"{name}/labels/{label}.json"


def labels_folder(name: str) -> str:
    """The folder of a model's labels."""
    return f"{name}/labels"


def retirement_key(name: str, version: int) -> str:
    """The key of a version's retirement."""
    return f"{name}/retired/{version}.json"
