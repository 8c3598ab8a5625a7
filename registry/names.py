"""The names of models, labels and references such as `digits@stable`, and where things lie in the registry."""

import re
from dataclasses import dataclass

from registry.errors import bad_input
from registry.listing import LISTING

LATEST = "latest"
"""The label that always means the greatest version that may be served."""

# The forms of a Service name and of a DNS label, as in settings/values/text.py: a stack names models and labels alike.
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Reference:
    """A model and which of its versions: a number or a label."""

    name: str
    wanted: int | str

    def __str__(self) -> str:
        return f"{self.name}@{self.wanted}"


def reference(text: str) -> Reference:
    """The reference in `NAME`, `NAME@LABEL` or `NAME@NUMBER`; a name alone means its latest version.

    Raises:
        RegistryError: it is none.
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
    """The reference in `text`, whose name may be of any form, as other registries have them.

    Raises:
        RegistryError: the name is empty.
    """
    name, at, wanted = text.rpartition("@")
    if not at:
        return Reference(text, LATEST)
    if not name:
        raise bad_input(f"{text!r} names no model", "use NAME, NAME@LABEL or NAME@NUMBER")
    return Reference(name, int(wanted) if wanted.isascii() and wanted.isdecimal() else wanted)


def require_name(name: str) -> None:
    """Refuse what cannot be the name of a model in a stack.

    Raises:
        RegistryError: it is no such name.
    """
    if not _NAME.fullmatch(name):
        raise bad_input(
            f"{name!r} is no name of a model", "use a-z, 0-9 and '-' inside, a letter first, at most 40 characters"
        )


def require_label(label: str) -> None:
    """Refuse what cannot be a label.

    Raises:
        RegistryError: it is no such name.
    """
    if not _LABEL.fullmatch(label):
        raise bad_input(
            f"{label!r} is neither a version number nor a label",
            "use a number, or a-z, 0-9 and '-' inside, a letter first",
        )


def folder(name: str, version: int) -> str:
    """The folder of a version's files."""
    return f"{name}/{version}"


def listing_key(name: str, version: int) -> str:
    """The version's listing. It is written last: where it is, the version is published."""
    return f"{folder(name, version)}/{LISTING}"


def claims_folder(name: str) -> str:
    """The folder of a model's claims."""
    return f"{name}/claims"


def claim_key(name: str, version: int) -> str:
    """What says how a version is to be, from before its first file is written."""
    return f"{claims_folder(name)}/{version}.json"


def label_key(name: str, label: str) -> str:
    """A label's document."""
    return f"{name}/labels/{label}.json"


def labels_folder(name: str) -> str:
    """The folder of a model's labels."""
    return f"{name}/labels"


def retirement_key(name: str, version: int) -> str:
    """What says that a version is retired."""
    return f"{name}/retired/{version}.json"
