"""What kind of data a stack keeps, and where it must stay."""

from enum import StrEnum

from settings.validation.section import Section
from settings.values.text import Region


class DataClass(StrEnum):
    """How far data may spread."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"


class Data(Section):
    """The kind of data that models are, as labels on their volumes tell policies, backups and auditors."""

    class_: DataClass
    """How far it may spread; `personal` where it says something about people."""
    residency: Region | None = None
    """Region that it must not leave; without it the region of the stack's `storage`."""
