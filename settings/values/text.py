"""Types of text whose format Kubernetes, DNS, S3 or SHA-256 define."""

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, TypeGuard
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from settings.validation.issues import refuse

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
MODEL_NAME_CHARACTERS = 40
_MODEL_NAME = rf"[a-z](?:[a-z0-9-]{{0,{MODEL_NAME_CHARACTERS - 2}}}[a-z0-9])?"
_VERSION_NAME = rf"{_MODEL_NAME}@(?:[1-9][0-9]{{0,18}}|[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)"
_REGISTRY = rf"(?:{_LABEL}\.)+{_LABEL}(?::[0-9]{{1,5}})?"
_IMAGE_PATH = r"/[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_IMAGE_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_CHECKOUT_PATH = r"(?!/)(?:(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]{1,255}(?:/(?!$)|$)){1,16}"
_WIDEST_PREFIX_BITS = {4: 8, 6: 16}


def matching(pattern: str, expected: str, suggest: Callable[[str], str] | None = None) -> AfterValidator:
    """Create a validator that requires a full match, and offers the suggestion of ``suggest`` if that would match."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            suggestion = suggest(text) if suggest and len(text) <= 253 else ""
            refuse(expected, f"did you mean '{suggestion}'?" if suggestion and compiled.fullmatch(suggestion) else "")
        return text

    return AfterValidator(check)


def is_version_name(value: object) -> TypeGuard[str]:
    """Whether a value has the form of ``VersionName``."""
    return isinstance(value, str) and re.fullmatch(_VERSION_NAME, value) is not None


def is_checkout_path(text: str) -> bool:
    """Whether a text has the form of ``CheckoutPath``."""
    return re.fullmatch(_CHECKOUT_PATH, text) is not None


def named_text(name: str) -> WithJsonSchema:
    """The name of the text format in the reference."""
    return WithJsonSchema({"type": "string", "format": name})


def _dashed(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _joined(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text.strip()).lstrip("._-")


def _cidr(text: str) -> str:
    expected = "a network in CIDR notation such as 192.0.2.0/24"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        refuse(expected)
    if str(network) != text:
        refuse(expected, f"did you mean '{network}'?")
    if network.prefixlen < _WIDEST_PREFIX_BITS[network.version]:
        refuse(f"a network no wider than /{_WIDEST_PREFIX_BITS[network.version]}", "list the individual networks")
    return text


def _https_endpoint(text: str) -> str:
    return _endpoint(text, "an https URL of scheme, host and port only, such as https://storage.example:9000", "https")


def _web_endpoint(text: str) -> str:
    expected = "a URL of scheme, host and port only, such as https://models.example"
    return _endpoint(text, expected, "http" if text.startswith("http://") else "https")


def _endpoint(text: str, expected: str, scheme: str) -> str:
    try:
        url = urlsplit(text)
        port = f":{url.port}" if url.port else ""
    except ValueError:
        refuse(expected)
    host = url.hostname or ""
    if not re.fullmatch(rf"(?:{_LABEL}\.)*{_LABEL}", host):
        refuse(expected)
    plain = f"{scheme}://{host}{port}"
    if text != plain:
        refuse(expected, f"did you mean '{plain}'?")
    return text


DnsLabel = Annotated[
    str,
    matching(_LABEL, "a DNS label: a-z, 0-9 and '-' inside, at most 63 characters", lambda text: _dashed(text)[:63]),
    named_text("DNS label"),
]
"""RFC 1123 label, the form of most Kubernetes names."""

ModelName = Annotated[
    str,
    matching(
        _MODEL_NAME,
        f"a DNS label that begins with a letter, at most {MODEL_NAME_CHARACTERS} characters",
        _dashed,
    ),
    named_text("DNS label"),
]
"""RFC 1035 label, the form of a Service name, short enough that suffixes still fit into 63 characters."""

ServedName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
        "letters, digits, '_', '-' and '.', a letter or digit first, at most 100 characters",
        _joined,
    ),
    named_text("name"),
]
"""A segment of a path that means the same written as it is, and the name of a folder."""

Namespace = Annotated[
    DnsLabel,
    # The stack owns its namespace and adds a quota and network policies to it: never to one of the system's.
    matching(r"(?!default$|kube-).*", "a namespace of the stack's own, neither 'default' nor 'kube-...'"),
]

DnsSubdomain = Annotated[
    str,
    matching(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*{_LABEL}", "lower-case DNS labels with dots between them"),
    named_text("DNS name"),
]
"""RFC 1123 subdomain, the form of cluster-wide Kubernetes names."""

# The last label must hold a letter: Kubernetes refuses IP addresses as host names.
HOST_NAME = rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}"
HostName = Annotated[
    str,
    matching(
        HOST_NAME,
        "a full DNS name without wildcard, such as models.example.org",
        lambda text: text.strip().rstrip(".").lower().removeprefix("*."),
    ),
    named_text("DNS name"),
]

VersionName = Annotated[
    str,
    matching(_VERSION_NAME, "a model, '@', and a label or a number, such as digits@stable", str.lower),
    named_text("`model@label`"),
]
"""The name of a version in the registry."""

CheckoutPath = Annotated[
    str,
    matching(
        _CHECKOUT_PATH,
        "a path below the checkout, such as keys/models.pub",
        lambda text: text.strip().removeprefix("./"),
    ),
    named_text("path"),
]
"""A file of the checkout."""

Sha256 = Annotated[
    str,
    matching(
        r"[0-9a-f]{64}",
        "64 lower-case hexadecimal digits: the SHA-256 of the version's SHA256SUMS file",
        lambda text: text.strip().lower().removeprefix("sha256:"),
    ),
    named_text("64 hexadecimal digits"),
]

ImageReference = Annotated[
    str,
    matching(
        rf"(?=.{{1,255}}@){_REGISTRY}(?:{_IMAGE_PATH})+(?::{_IMAGE_TAG})?@sha256:[0-9a-f]{{64}}",
        "an image with registry and digest, such as registry.example/team/server:1.2@sha256:...",
        str.strip,
    ),
    named_text("image"),
]
"""An immutable reference: registry, repository, optional tag, and digest."""

ImageRegistry = Annotated[
    str,
    matching(
        rf"(?=.{{1,200}}$){_REGISTRY}(?:{_IMAGE_PATH})*",
        "a registry, or a repository in it, without tag, such as registry.example/team",
        lambda text: text.strip().removeprefix("https://").rstrip("/"),
    ),
    named_text("registry"),
]
"""Where to push images."""

ImageTag = Annotated[
    str,
    # Leaves room for the suffix of a build variant.
    matching(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}", "a tag such as 1.0: letters, digits, '_', '.' and '-'", str.strip),
    named_text("tag"),
]

TensorName = Annotated[
    str,
    matching(r"[!-~]{1,200}", "the name of a tensor, without spaces", str.strip),
    named_text("text"),
]

Region = Annotated[str, matching(_LABEL, "a region such as eu-central-1", _dashed)]

ContextName = Annotated[str, matching(r"[!-~]{1,253}", "the name of a kubeconfig context, without spaces", str.strip)]

Cidr = Annotated[str, AfterValidator(_cidr), named_text("CIDR")]
"""A network of limited size: /8 or narrower, /16 for IPv6."""

MetricsEndpoint = Annotated[
    str,
    matching(
        rf"https?://(?:{_LABEL}\.)*{_LABEL}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9_.-]+)*",
        "an http or https URL without credentials and query, such as http://prometheus.monitoring.svc:9090",
        lambda text: text.strip().rstrip("/"),
    ),
    named_text("URL"),
]
"""Base URL of an HTTP API, with an optional path."""

RunbookFolder = Annotated[
    str,
    matching(
        r"(?:https?://)?[A-Za-z0-9][A-Za-z0-9._~:-]*(?:/[A-Za-z0-9._~@-]+)*",
        "a URL or a path without a slash at its end, such as docs/runbooks",
        lambda text: text.strip().strip("/"),
    ),
    named_text("URL or path"),
]
"""Where runbooks are read."""

HttpsEndpoint = Annotated[str, AfterValidator(_https_endpoint), named_text("https URL")]
"""Scheme, host and port of a server."""

WebEndpoint = Annotated[str, AfterValidator(_web_endpoint), named_text("http or https URL")]
"""Scheme, host and port of a server that may not encrypt."""
