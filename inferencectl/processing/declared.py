"""What no setting of a stack can say of the processing of personal data: a file beside it, written by people."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

REMEDY = "docs/privacy.md#the-record-of-processing has an example"
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Somebody(_Part):
    """Who can be written to."""

    name: Text
    contact: Text


class Transfer(_Part):
    """Where data goes to outside the region, and what makes that lawful."""

    country: Text
    safeguard: Text


class Activity(_Part):
    """What models are asked for, and about whom. ``transfers`` may be empty, and has to be said."""

    name: Text
    models: Texts
    purposes: Texts
    subjects: Texts
    data: Texts
    recipients: Texts
    transfers: tuple[Transfer, ...]


class Declared(_Part):
    """The file."""

    controller: Somebody
    officer: Somebody | None = None
    activities: Annotated[tuple[Activity, ...], Field(min_length=1)]


def read_declared(path: Path) -> Declared:
    """The file at ``path``.

    Raises:
        SandboxError: it cannot be read, or something in it is missing, unknown or empty; all of it is named.
    """
    try:
        return Declared.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise refused([f"{path}: cannot be read: {error.strerror}"]) from None
    except ValidationError as error:
        raise refused([f"{path}: {_sentence(each)}" for each in error.errors(include_url=False)]) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise refused([f"{path}: is no YAML in UTF-8"]) from None


def refused(problems: Sequence[str]) -> SandboxError:
    """All that is wrong with the file, as one error."""
    return SandboxError("\n".join(problems), REMEDY, exit_code=BAD_INPUT)


def _sentence(problem: Any) -> str:  # noqa: ANN401 - of pydantic
    where = ".".join(map(str, problem["loc"])) or "the file"
    match problem["type"]:
        case "missing":
            return f"{where}: missing"
        case "extra_forbidden":
            return f"{where}: unknown key"
        case _:
            return f"{where}: {problem['input']!r}: {problem['msg']}"
