"""Names and values of HTTP headers and cookies that a route can compare, over HTTP as over gRPC."""

from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.values.text import matching

# The characters and lengths are those of the Gateway API, https://gateway-api.sigs.k8s.io/reference/spec/#httpheadername
_HEADER_NAME = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}"
# Without the blanks around it, which proxies cut off.
_HEADER_VALUE = r"[!-~](?:[ -~]{0,254}[!-~])?"
# Narrower than RFC 6265, so that a name has no meaning in a regular expression.
_COOKIE_NAME = r"[A-Za-z0-9_-]{1,64}"
# Proxies and libraries write these themselves. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_WRITTEN_BY_OTHERS = frozenset(
    (
        *("connection", "content-length", "content-type", "cookie", "host", "keep-alive", "set-cookie", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    )
)


def _comparable(name: str) -> str:
    lower = name.lower()
    if lower in _WRITTEN_BY_OTHERS:
        refuse("a header of your own, such as x-release, not one that clients, proxies or servers write themselves")
    if lower.startswith("grpc-"):
        refuse("a header of your own, such as x-release: gRPC keeps names that begin with grpc- for itself")
    if lower.endswith("-bin"):
        refuse("a header of text, such as x-release: gRPC encodes those whose name ends in -bin")
    return name


HeaderName = Annotated[
    str,
    matching(_HEADER_NAME, "the name of an HTTP header, such as x-release: letters, digits and - without blanks"),
    AfterValidator(_comparable),
]
HeaderValue = Annotated[str, matching(_HEADER_VALUE, "1 to 256 printable ASCII characters, no blank at either end")]
CookieName = Annotated[str, matching(_COOKIE_NAME, "1 to 64 letters, digits, - and _")]
