"""The base of every part of the stack configuration."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic.alias_generators import to_camel

from settings.validation.issues import Issue, refuse_all

WholeNumber = Annotated[int, Strict()]
"""A JSON integer: ``"3"``, ``3.0`` and ``true`` are none."""
Count = Annotated[WholeNumber, Field(ge=1, le=2**31 - 1)]
"""A whole number above zero that fits Kubernetes' 32-bit fields."""
Flag = Annotated[bool, Strict()]
"""``true`` or ``false``: ``1`` and ``"yes"`` are neither."""


def _key(field: str) -> str:
    """The key of a field in the stack file; ``class_`` is ``class``, which Python keeps for itself."""
    return to_camel(field.rstrip("_"))


class Section(BaseModel):
    """A frozen mapping of the stack file. In YAML its keys are camelCase, in Python snake_case."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=_key,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )

    def issues(self) -> Iterator[Issue]:
        """What is wrong between the fields of this section, each of which is right by itself."""
        return iter(())

    @model_validator(mode="after")
    def _refuse_issues(self) -> Self:
        refuse_all(tuple(self.issues()))
        return self
