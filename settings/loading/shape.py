"""Lookup of the types of the stack configuration by location.

A location is a path of keys, as spelled in the stack file, and indices, starting at the platform.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

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


def tags_at(location: Location) -> tuple[str, ...]:
    """What tells the members of the union at a location apart; empty if the type there is not a union of sections."""
    return tuple(map(str, _members(_type_at(location))))


def section_of(kind: object) -> type[Section] | None:
    """The type as a section, if it is one."""
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def bare(kind: object) -> object:
    """A type without its validators and without ``| None``: ``Annotated[int, …] | None`` is ``int``.

    A union of sections stays one.
    """
    while get_origin(kind) in (Annotated, Union, UnionType) and not _members(kind):
        kind = get_args(kind)[0]
    return kind


def without_tags(location: Location) -> Location:
    """A location as in the stack file: pydantic adds the tag of the member to that of a union of sections."""
    kept: list[str | int] = []
    here: object = Platform
    for part in location:
        if part not in _members(here):
            kept.append(part)
        here = _below(here, part)
    return tuple(kept)


def _members(kind: object) -> Mapping[str | int, type[Section]]:
    """The sections of a union by the literal that tells them apart; empty if the type is not one."""
    if get_origin(kind) not in (Union, UnionType):
        return {}
    return {
        tag: section
        for section in filter(None, map(section_of, get_args(kind)))
        for field in section.model_fields.values()
        if get_origin(field.annotation) is Literal
        for tag in get_args(field.annotation)
    }


def _type_at(location: Location) -> object:
    here: object = Platform
    for part in location:
        here = _below(here, part)
    return here


def _below(kind: object, part: str | int) -> object:
    if members := _members(kind):
        return members.get(part)
    if section := section_of(kind):
        return bare(next((field.annotation for field in section.model_fields.values() if field.alias == part), None))
    arguments = get_args(kind)
    if not arguments:
        return None
    return bare(arguments[0] if get_origin(kind) is tuple else arguments[-1])
