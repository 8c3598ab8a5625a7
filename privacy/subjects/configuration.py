"""The file that says where records are, how they name people, and where keys and ledger lie."""

import re
import ssl
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from privacy.digests.key_ring import KeyRing, read_key_ring
from privacy.errors import PrivacyError
from privacy.subjects.api import StoreApi
from privacy.subjects.ledger import Ledger
from privacy.subjects.profiles import PROFILES
from privacy.subjects.records import Records
from privacy.subjects.subject import Fields

REMEDY = "docs/privacy.md has an example"
_PATTERN = re.compile(r"[a-z0-9.*][a-z0-9._*-]{0,200}")
_LOGIN = re.compile(r"[^:\s]+:\S+")


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("expected an http or https URL without credentials and query")
    return text.rstrip("/")


def _pattern(text: str) -> str:
    if not _PATTERN.fullmatch(text) or not text.strip("*.-_"):
        raise ValueError("expected a name of indices and not all there are, such as predictions-*")
    return text


def _any(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise ValueError("expected at least one name")
    return patterns


Url = Annotated[str, AfterValidator(_base_url)]
IndexPattern = Annotated[str, AfterValidator(_pattern)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z@_][A-Za-z0-9@_.-]{0,200}$")]


class Configuration(BaseModel):
    """The keys of the file; its paths are relative to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Literal["elasticsearch", "opensearch"]
    url: Url
    ca: Path | None = None
    login: Path | None = None
    indices: Annotated[tuple[IndexPattern, ...], AfterValidator(_any)]
    subjectField: FieldName = "subject"  # noqa: N815 - as in the file
    plainFields: tuple[FieldName, ...] = ()  # noqa: N815 - as in the file
    keys: Path
    ledger: Path

    @property
    def fields(self) -> Fields:
        """Where records name a person."""
        return Fields(digest=self.subjectField, plain=self.plainFields)

    def records(self, folder: Path) -> Records:
        """The records; raises PrivacyError if the files of the login or the authority are none."""
        api = StoreApi(url=self.url, login=self._login(folder), trust=self._trust(folder))
        return Records(api=api, profile=PROFILES[self.profile], patterns=self.indices)

    def ring(self, folder: Path) -> KeyRing:
        """The keys; raises PrivacyError if their file is none."""
        return read_key_ring(folder / self.keys)

    def the_ledger(self, folder: Path) -> Ledger:
        """The ledger of erasures."""
        return Ledger(path=folder / self.ledger)

    def _login(self, folder: Path) -> str:
        if self.login is None:
            return ""
        text = _read(folder / self.login).strip()
        if not _LOGIN.fullmatch(text):
            raise PrivacyError(f"{folder / self.login}: is not user:password", "write one line", bad_input=True)
        return text

    def _trust(self, folder: Path) -> ssl.SSLContext | None:
        if self.ca is None:
            return None
        try:
            return ssl.create_default_context(cadata=_read(folder / self.ca))
        except ssl.SSLError:
            raise PrivacyError(f"{folder / self.ca}: has no certificate in PEM", REMEDY, bad_input=True) from None


def read_configuration(path: Path) -> Configuration:
    """The configuration in a file of YAML.

    Raises:
        PrivacyError: the file cannot be read, or keys are wrong; all of them are named.
    """
    try:
        data = yaml.safe_load(_read(path))
    except yaml.YAMLError:
        raise PrivacyError(f"{path}: is no YAML", REMEDY, bad_input=True) from None
    try:
        return Configuration.model_validate(data)
    except ValidationError as error:
        problems = [_sentence(each) for each in error.errors(include_url=False)]
        raise PrivacyError("\n".join(f"{path}: {each}" for each in problems), REMEDY, bad_input=True) from None


def _sentence(problem: Any) -> str:  # noqa: ANN401 - of pydantic
    where = ".".join(map(str, problem["loc"])) or "the file"
    match problem["type"]:
        case "missing":
            return f"{where}: missing"
        case "extra_forbidden":
            return f"{where}: unknown key; expected one of {', '.join(Configuration.model_fields)}"
        case _:
            # A URL may hold the password that it is refused for.
            value = "" if where == "url" else f" {problem['input']!r}:"
            return f"{where}:{value} {problem['msg'].removeprefix('Value error, ')}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PrivacyError(f"{path}: cannot be read: {error.strerror}", REMEDY, bad_input=True) from None
    except ValueError:
        raise PrivacyError(f"{path}: is no text in UTF-8", REMEDY, bad_input=True) from None
