"""The base class of the documents that the registry stores, and the functions that validate them."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from registry.errors import RegistryError, bad_input

SCHEMA = 1
"""Schema version of the documents; increased when an older reader would misread a newer document."""


class Document(BaseModel):
    """An immutable JSON document whose keys are camelCase in JSON and snake_case in Python."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    def as_bytes(self) -> bytes:
        """The document as it is stored: indented JSON, to be readable in the bucket."""
        return (self.model_dump_json(by_alias=True, indent=2) + "\n").encode()


AnyDocument = TypeVar("AnyDocument", bound=Document)


def parsed(kind: type[AnyDocument], content: bytes, place: str) -> AnyDocument:
    """The document stored in `content`; `place` names it in errors.

    Raises:
        RegistryError: `content` is not a document of this kind, or was written by a newer registry.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise RegistryError(
            f"{place} is not a valid {kind.__name__} of schema {SCHEMA}: {first_problem(error)}",
            "update this checkout if a newer registry wrote it, or restore it if it was edited",
        ) from None


def validated(kind: type[AnyDocument], data: object, place: str) -> AnyDocument:
    """The document made of user input; `place` names that input in errors.

    Raises:
        RegistryError: a key is missing, unknown or has an invalid value.
    """
    try:
        return kind.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise bad_input(f"{place}: {first_problem(error)}", "see docs/registry.md for the keys") from None


def first_problem(error: ValidationError) -> str:
    """Path, value and reason of the first problem, and the number of further ones."""
    first, *others = error.errors(include_url=False)
    path = ".".join(map(str, first["loc"])) or "the document"
    found = "" if first["type"] == "missing" else f" (found {str(first['input'])[:60]!r})"
    more = f", and {len(others)} more" if others else ""
    return f"{path}: {first['msg']}{found}{more}"
