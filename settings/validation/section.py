"""The base class of all sections of the stack configuration."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic.alias_generators import to_camel

from settings.validation.issues import Issue, refuse_all

WholeNumber = Annotated[int, Strict()]
"""A JSON integer; not ``"3"``, ``3.0`` or ``true``."""
Count = Annotated[WholeNumber, Field(ge=1, le=2**31 - 1)]
"""A positive integer that fits Kubernetes' 32-bit fields."""
Flag = Annotated[bool, Strict()]
"""``true`` or ``false``; not ``1`` or ``"yes"``."""


def nothing() -> Mapping[str, Any]:
    """The default of a key that holds a mapping, without entries."""
    return MappingProxyType({})


def key_of(field: str) -> str:
    """The key of a field in the stack file; ``class_`` becomes ``class``, a reserved word of Python."""
    return to_camel(field.rstrip("_"))


class Section(BaseModel):
    """A frozen mapping of the stack file. Keys are camelCase in YAML and snake_case in Python."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=key_of,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )

    def issues(self) -> Iterator[Issue]:
        """Inconsistencies between the fields of this section, each of which is valid by itself."""
        return iter(())

    @model_validator(mode="after")
    def _refuse_issues(self) -> Self:
        refuse_all(tuple(self.issues()))
        return self
