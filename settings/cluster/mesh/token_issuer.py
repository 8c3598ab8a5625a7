"""Who signs the tokens that callers prove themselves with."""

import json
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.validation.issues import MISSING, Issue, refuse
from settings.validation.section import Section
from settings.values.text import DnsLabel, matching, named_text
from settings.values.unvalidated import is_list, is_mapping

_KEYS = 'public keys in the form of RFC 7517, such as {"keys": [{"kty": "RSA", ...}]}'
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")  # https://www.rfc-editor.org/rfc/rfc7518#section-6


def _public_keys(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        refuse(_KEYS)
    keys = found.get("keys") if is_mapping(found) else None
    if not is_list(keys) or not keys:
        refuse(_KEYS)
    mappings = [key for key in keys if is_mapping(key) and isinstance(key.get("kty"), str)]
    if len(mappings) != len(keys):
        refuse(_KEYS)
    if any(part in key for key in mappings for part in _PRIVATE):
        refuse(_KEYS, "remove the private parts: whoever reads the stack file could sign tokens")
    return text


Issuer = Annotated[str, matching(r"[!-)+-~]{1,255}", "the claim `iss` of the tokens", str.strip), named_text("text")]
KeysUrl = Annotated[
    str,
    matching(
        r"https://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9_.~%-]*)*",
        "an https URL without credentials and query, such as https://login.example/keys: whoever changes the keys can "
        "pose as anybody",
        lambda text: text.strip().replace("http://", "https://"),
    ),
    named_text("https URL"),
]
# What carries a request, says how to read it, or is written by proxies: none of them can hold a token as well.
_USED_OTHERWISE = (
    r"authorization|proxy-authorization|cookie|host|connection|te|trailer|transfer-encoding|upgrade|keep-alive|date|via"
    r"|expect|accept.*|content-.*|grpc-.*|x-forwarded-.*|x-envoy-.*|x-istio-.*|x-request-id|x-b3-.*|traceparent"
    r"|tracestate|forwarded|user-agent"
)
Header = Annotated[
    str,
    matching(
        rf"(?!(?:{_USED_OTHERWISE})$)[a-z][a-z0-9-]{{0,62}}",
        "the name of a header in lower case that nothing else uses, such as x-api-key; without it, tokens come as "
        "'Authorization: Bearer'",
        lambda text: text.strip().lower(),
    ),
    named_text("header name"),
]
Keys = Annotated[str, AfterValidator(_public_keys), named_text("JSON")]


class TokenIssuer(Section):
    """An issuer of JSON Web Tokens (JWT). A request with an invalid token is refused, one without is whoever its
    connection says."""

    name: DnsLabel
    """Name that callers refer to."""
    issuer: Issuer
    """The claim `iss` of its tokens."""
    audiences: Annotated[tuple[str, ...], Field(min_length=1)]
    """Accepted claims `aud`: without one, a token for any other service would be accepted."""
    jwks_uri: KeysUrl | None = None
    """Where the mesh's control plane fetches the issuer's public keys."""
    jwks: Keys | None = None
    """The public keys themselves (JWKS), instead of `jwksUri`."""
    header: Header | None = None
    """The header that a token comes in, such as `x-api-key`; after `Authorization: Bearer` if not set."""

    def issues(self) -> Iterator[Issue]:
        """Check that there are keys, from one place."""
        if self.jwks_uri is None and self.jwks is None:
            yield Issue(
                path=("jwksUri",),
                found=MISSING,
                expected="jwksUri or jwks: without keys no token can be verified",
            )
        if self.jwks_uri is not None and self.jwks is not None:
            yield Issue(path=("jwks",), found="set, in addition to jwksUri", expected="jwksUri or jwks, not both")
