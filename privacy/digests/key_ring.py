"""HMAC-SHA-256 under keys that are changed from time to time."""

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from privacy.digests.canonical import canonical
from privacy.errors import PrivacyError

SMALLEST_KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class Purpose(StrEnum):
    """What a digest is of: digests of different purposes differ, also those of equal data."""

    SUBJECT = "subject"
    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """The keys by their ids, and the id of the one that new digests are made with.

    A digest names its key, so that older ones stay comparable for as long as their key is kept.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def digest(self, purpose: Purpose, value: object, key_id: str = "") -> str:
        """The digest of a JSON value, such as ``2026a:…``, under the current key or the one that is named.

        Raises:
            PrivacyError: there is no key of that id.
        """
        name = key_id or self.current
        self.require(name)
        message = f"{purpose}\n".encode() + canonical(value)
        return f"{name}:{hmac.new(self.keys[name], message, hashlib.sha256).hexdigest()}"

    def require(self, key_id: str) -> None:
        """Refuse an id that no key has.

        Raises:
            PrivacyError: there is no key of that id.
        """
        if key_id not in self.keys:
            raise PrivacyError(
                f"a digest was made with key {key_id}, which is not among the keys ({', '.join(sorted(self.keys))})",
                "put that key back into the file of keys: what was digested with it cannot be found otherwise",
            )

    def subject(self, identifier: str, key_id: str = "") -> str:
        """The digest of a data subject's identifier, which is the same for other spellings of it (see `identity`)."""
        return self.digest(Purpose.SUBJECT, identity(identifier), key_id)

    def subjects(self, identifier: str) -> tuple[str, ...]:
        """The digests of a data subject under every key: records are older than the current one."""
        return tuple(self.subject(identifier, key_id) for key_id in sorted(self.keys))


def identity(identifier: str) -> str:
    """One spelling of an identifier: without space around it, in lower case, composed (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", identifier).strip().casefold()


def read_key_ring(path: Path) -> KeyRing:
    """The keys of a file of YAML: ``current`` is the id of one of ``keys``, each at least 32 bytes in base64.

    Raises:
        PrivacyError: the file cannot be read, or is none; its keys are never shown.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from None
    except (ValueError, yaml.YAMLError):
        raise _refused(path, "is no YAML in UTF-8") from None
    if not isinstance(data, dict) or set(data) != {"current", "keys"} or not isinstance(data["keys"], dict):
        raise _refused(path, "does not consist of current and keys")
    keys = {str(name): _key(path, str(name), text) for name, text in data["keys"].items()}
    if str(data["current"]) not in keys:
        raise _refused(path, f"current: {data['current']} is not among the keys ({', '.join(sorted(keys)) or 'none'})")
    return KeyRing(current=str(data["current"]), keys=keys)


def _key(path: Path, name: str, text: Any) -> bytes:  # noqa: ANN401 - whatever the file has
    if not _KEY_ID.fullmatch(name):
        raise _refused(path, f"keys: {name!r} is no id of a key: letters, digits, - and _, 32 at most")
    try:
        key = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise _refused(path, f"keys.{name}: is not base64") from None
    if len(key) < SMALLEST_KEY_BYTES:
        raise _refused(path, f"keys.{name}: has {len(key)} bytes; expected {SMALLEST_KEY_BYTES} or more")
    return key


def _refused(path: Path, reason: str) -> PrivacyError:
    return PrivacyError(
        f"{path}: {reason}",
        "write current: and keys: with an id for each key, made by openssl rand -base64 32",
        bad_input=True,
    )
