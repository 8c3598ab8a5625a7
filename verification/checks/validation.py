"""Documents in JSON, and the first problem of one in a sentence."""

import re
import reprlib
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from verification.client.errors import BadInputError

Document = TypeVar("Document")

_UNKNOWN_KEY = "unexpected_keyword_argument"


def parse(content: str | bytes, kind: TypeAdapter[Document], source: str, remedy: str) -> Document:
    """The document in ``content``, which errors call ``source``.

    Raises:
        BadInputError: the content is not such a document; the error names path, value and ``remedy``.
    """
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        raise BadInputError(f"{source}: {_first_problem(error)}; {remedy}") from error


def parse_file(path: Path, kind: TypeAdapter[Document], remedy: str) -> Document:
    """The document in the file at ``path``.

    Raises:
        BadInputError: the file cannot be read, or is not such a document.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}; {remedy}") from error
    return parse(content, kind, str(path), remedy)


def _first_problem(error: ValidationError) -> str:
    # A misspelt key comes first, since it explains why another one is missing.
    problems = sorted(error.errors(include_url=False), key=lambda problem: problem["type"] != _UNKNOWN_KEY)
    path = _path(problems[0]["loc"])
    return f"{path}: {_sentence(problems[0])}" if path else _sentence(problems[0])


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _sentence(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "missing":
            return "missing"
        case "unexpected_keyword_argument":
            return "unknown key"
        case "too_short":
            return "empty"
        case "json_invalid":
            return f"invalid JSON: {_context(problem)}"
        case "value_error":
            return _context(problem)
        case _:
            expected = re.sub(r"^Input should be ", "", problem["msg"])
            return f"{reprlib.repr(problem['input'])}; expected {expected}"


def _context(problem: ErrorDetails) -> str:
    return str(problem.get("ctx", {})["error"])
