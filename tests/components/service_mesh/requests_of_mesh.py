"""Requests to a proxy of a mesh, with certificates of it."""

import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inferencectl.sandbox.ports import LOOPBACK
from tests.components.service_mesh.istio_processes import Certificate


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status and text of an answer; no status where the connection was refused."""

    status: int | None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(
    port: int,
    certificate: Certificate | None,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | Iterable[bytes] | None = None,
) -> Answer:
    """Send a request, in plain text without a certificate; a body in parts has no length that it begins with."""
    if certificate is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    else:
        connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=20, context=certificate.context())
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(status=answer.status, text=answer.read().decode(), headers=dict(answer.getheaders()))
    except (http.client.HTTPException, OSError):
        return Answer(status=None)
    finally:
        connection.close()
