"""An API key: a token of a caller that a stack's mesh would accept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from inferencectl.api_keys import key_pair
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Caller, Mesh, TokenIssuer


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A signed key. ``header`` is where a client sends it; after ``Authorization: Bearer`` if there is none."""

    text: str
    subject: str
    audience: str
    header: str | None
    expires: datetime


def sign(mesh: Mesh, name: str, subject: str | None, file: Path, *, days: int) -> ApiKey:
    """A key for the caller ``name`` of a stack, or for the one ``subject`` of several.

    Raises:
        SandboxError: the mesh has no such caller, or would refuse the key.
    """
    caller, issuer = _of(mesh, name)
    chosen = _subject(caller, subject)
    key = key_pair.read(file)
    number = key_pair.public(key)["kid"]
    _require_known(issuer, key_pair.public(key), file)
    now = datetime.now(UTC).replace(microsecond=0)
    claims: dict[str, Any] = {
        "iss": issuer.issuer,
        "sub": chosen,
        "aud": issuer.audiences[0],
        "iat": now,
        "exp": now + timedelta(days=days),
    }
    return ApiKey(
        text=jwt.encode(claims, key, algorithm=key_pair.ALGORITHM, headers={"kid": number}),
        subject=chosen,
        audience=issuer.audiences[0],
        header=issuer.header,
        expires=claims["exp"],
    )


def _of(mesh: Mesh, name: str) -> tuple[Caller, TokenIssuer]:
    with_token = [caller.name for caller in mesh.callers if caller.issuer is not None]
    if name not in with_token:
        raise SandboxError(
            f"'{name}' is no caller of the stack that carries a token",
            f"choose one of {', '.join(with_token)}" if with_token else "add it to mesh.callers, with its issuer",
            exit_code=BAD_INPUT,
        )
    caller = mesh.caller(name)
    return caller, mesh.issuer(caller.issuer or "")


def _subject(caller: Caller, subject: str | None) -> str:
    """The one that is meant: without subjects in the settings, a key could not be withdrawn by itself."""
    if not caller.subjects:
        raise SandboxError(
            f"caller '{caller.name}' has no subjects, so that no key of its issuer could be withdrawn",
            f"add one for each key to mesh.callers, such as subjects: [{subject or f'{caller.name}.1'}]",
            exit_code=BAD_INPUT,
        )
    chosen = subject or (caller.subjects[0] if len(caller.subjects) == 1 else None)
    if chosen is None or chosen not in caller.subjects:
        found = "has several subjects" if chosen is None else f"has no subject '{chosen}'"
        raise SandboxError(
            f"caller '{caller.name}' {found}",
            f"choose one of {', '.join(caller.subjects)} by --subject, or add another to its subjects first",
            exit_code=BAD_INPUT,
        )
    return chosen


def _require_known(issuer: TokenIssuer, public: Mapping[str, str], file: Path) -> None:
    """The stack has to have the public half already; of keys from an address nothing is known here.

    A proxy leaves out keys with another name or algorithm than the token's, where they have either.
    """
    if issuer.jwks is None:
        return
    known = json.loads(issuer.jwks)["keys"]
    if not any(_is_half(each, public) for each in known):
        raise SandboxError(
            f"{file}: issuer '{issuer.name}' of the stack does not have the public half of this key",
            f"add this to the keys in its jwks: {json.dumps(public)}",
            exit_code=BAD_INPUT,
        )


def _is_half(known: Mapping[str, object], public: Mapping[str, str]) -> bool:
    same = all(known.get(part) == public[part] for part in ("kty", "crv", "x", "y"))
    return same and all(known.get(part, public[part]) == public[part] for part in ("kid", "alg"))
