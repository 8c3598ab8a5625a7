"""Lookup of the types of the stack configuration by location.

A location is a path of keys, as spelled in the stack file, and indices, starting at the platform.
"""

from enum import StrEnum
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from settings.platform import Platform
from settings.validation.section import Section

Location = tuple[str | int, ...]


def section_at(location: Location) -> type[Section] | None:
    """The section expected at a location, if any."""
    return section_of(_type_at(location))


def enum_at(location: Location) -> tuple[StrEnum, ...]:
    """The choices at a location; empty if the type there is not an enum."""
    kind = _type_at(location)
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


def section_of(kind: object) -> type[Section] | None:
    """The type as a section, if it is one."""
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def bare(kind: object) -> object:
    """A type without its validators and without ``| None``: ``Annotated[int, …] | None`` is ``int``."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = get_args(kind)[0]
    return kind


def _type_at(location: Location) -> object:
    here: object = Platform
    for part in location:
        here = _below(here, part)
    return here


def _below(kind: object, part: str | int) -> object:
    if section := section_of(kind):
        return bare(next((field.annotation for field in section.model_fields.values() if field.alias == part), None))
    arguments = get_args(kind)
    if not arguments:
        return None
    return bare(arguments[0] if get_origin(kind) is tuple else arguments[-1])
