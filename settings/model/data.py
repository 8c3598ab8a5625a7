"""Classification and residency of a stack's data."""

from enum import StrEnum

from settings.validation.section import Section
from settings.values.text import Region


class DataClass(StrEnum):
    """How widely data may be shared."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"

    @property
    def strictness(self) -> int:
        """Higher for a class that is handled more strictly."""
        return [*DataClass].index(self)


class Data(Section):
    """Classification of the models' data, set as labels on their volumes for policies, backups and auditors."""

    class_: DataClass
    """How widely it may be shared; `personal` for data about people."""
    residency: Region | None = None
    """Region that it must not leave; defaults to the region of the stack's `storage`."""
