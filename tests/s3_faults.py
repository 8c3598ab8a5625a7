"""Ways in which storage fails, for the S3 server."""

import io
import select
from collections.abc import Callable, Iterable
from typing import Any

from tests.s3_server import Fault

LIMIT_SECONDS = 60


def refusing(status: str, code: str) -> Fault:
    """It answers with an error of its own."""

    def fault(environ: dict[str, Any], start_response: Any, _carry_out: object) -> Iterable[bytes]:
        _read(environ)
        start_response(status, [("Content-Type", "application/xml")])
        return [f"<Error><Code>{code}</Code><Message>not now</Message></Error>".encode()]

    return fault


def cut_upload(environ: dict[str, Any], _start_response: Any, _carry_out: object) -> Iterable[bytes]:
    """The connection ends after half of what is sent."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0) // 2)
    raise ConnectionResetError


def cut_download(environ: dict[str, Any], start_response: Any, carry_out: Callable[[Any], list[bytes]]) -> list[bytes]:
    """The connection ends after half of what was asked for."""
    content = b"".join(carry_out(start_response))
    return [content[: len(content) // 2]]


def empty_download(
    environ: dict[str, Any], start_response: Any, carry_out: Callable[[Any], list[bytes]]
) -> list[bytes]:
    """The connection ends after the head of the answer."""
    carry_out(start_response)
    return [b""]


def trailers_refused(
    environ: dict[str, Any], start_response: Any, carry_out: Callable[[Any], list[bytes]]
) -> Iterable[bytes]:
    """It knows no checksum behind the content."""
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-"):
        return refusing("400 Bad Request", "InvalidArgument")(environ, start_response, carry_out)
    return carry_out(start_response)


def framed(environ: dict[str, Any], start_response: Any, carry_out: Callable[[Any], list[bytes]]) -> list[bytes]:
    """It keeps what belongs to the transfer as part of the object."""
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    kept = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    environ.update({"wsgi.input": io.BytesIO(kept), "CONTENT_LENGTH": str(len(kept))})
    return carry_out(start_response)


def silent(environ: dict[str, Any], _start_response: Any, _carry_out: object) -> Iterable[bytes]:
    """It answers nothing until the client has given up."""
    _read(environ)
    select.select([environ["werkzeug.socket"]], [], [], LIMIT_SECONDS)
    raise ConnectionResetError


def failing(fault: Fault, method: str, ending: str, times: int | None = None) -> Callable[[str, str], Fault | None]:
    """Fails the first so many requests of a method whose path has that ending; without a number, all of them."""
    left = times

    def next_fault(asked: str, path: str) -> Fault | None:
        nonlocal left
        if asked != method or not path.endswith(ending) or left == 0:
            return None
        left = left - 1 if left is not None else None
        return fault

    return next_fault


def _read(environ: dict[str, Any]) -> None:
    """All of the content, so that a client is not interrupted by the end of the connection while it still sends."""
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        while environ["wsgi.input"].read(2**16):
            pass
    else:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
