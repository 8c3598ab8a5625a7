"""The base of every document that the registry writes, and the one way to read one back."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from registry.errors import RegistryError, bad_input

SCHEMA = 1
"""Version of the documents' schema: it changes when an older reader would misread a newer document."""


class Document(BaseModel):
    """A frozen JSON document. Its keys are camelCase, in Python snake_case."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    def as_bytes(self) -> bytes:
        """The document as it is stored: indented JSON, so that a person can read it in the bucket."""
        return (self.model_dump_json(by_alias=True, indent=2) + "\n").encode()


AnyDocument = TypeVar("AnyDocument", bound=Document)


def parsed(kind: type[AnyDocument], content: bytes, place: str) -> AnyDocument:
    """The stored document in `content`.

    Raises:
        RegistryError: it is not one of this kind, or was written by a newer registry.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise RegistryError(
            f"{place} is no {kind.__name__} of schema {SCHEMA}: {first_problem(error)}",
            "it was changed by hand or written by a newer registry; update this checkout or restore the object",
        ) from None


def validated(kind: type[AnyDocument], data: object, place: str) -> AnyDocument:
    """The document that a person wrote.

    Raises:
        RegistryError: it lacks something, or says something unknown.
    """
    try:
        return kind.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise bad_input(f"{place}: {first_problem(error)}", "docs/registry.md describes every key") from None


def first_problem(error: ValidationError) -> str:
    """Path, value and reason of the first thing wrong, and how many more there are."""
    first, *others = error.errors(include_url=False)
    path = ".".join(map(str, first["loc"])) or "the document"
    found = "" if first["type"] == "missing" else f" (found {str(first['input'])[:60]!r})"
    more = f", and {len(others)} more" if others else ""
    return f"{path}: {first['msg']}{found}{more}"
