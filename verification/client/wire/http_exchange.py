"""HTTP requests that end at their deadline, however slowly the response arrives."""

import http.client
import io
import select
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, Full, LifoQueue
from socket import socket
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from verification.client.deadline import Deadline
from verification.client.errors import DeadlineExceededError, RefusedError, UnavailableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_IDLE_CONNECTIONS = 8


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A complete response."""

    status: int
    body: bytes


class _DeadlineReader(io.RawIOBase):
    """The bytes that a socket receives; each read waits at most until the deadline.

    ``reader`` is http.client's own, which keeps the socket open until the response has been read.
    """

    def __init__(self, sock: socket, reader: io.BufferedIOBase, deadline: Deadline) -> None:
        self._socket, self._reader, self._deadline = sock, reader, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._socket.settimeout(self._deadline.remaining())
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        self._reader.close()
        super().close()


class HttpExchange:
    """Requests to one server over a pool of connections; it is safe for use by several threads."""

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        self._idle: LifoQueue[http.client.HTTPConnection] = LifoQueue(_IDLE_CONNECTIONS)

    def request(self, method: str, path: str, body: bytes | None, deadline: Deadline) -> HttpResponse:
        """The response to one request.

        The deadline does not bound the look-up of the server's name: the system resolver has its own limits.

        Raises:
            DeadlineExceededError: the response was not complete in time.
            UnavailableError: there is no server, or the connection broke.
            RefusedError: the server's certificate is not trusted, or the server does not speak TLS.
        """
        with _serving_errors():
            connection = self._connection(deadline)
            try:
                response = self._exchange(connection, method, path, body, deadline)
            except BaseException:
                connection.close()
                raise
            self._release(connection)
            return response

    def close(self) -> None:
        """Close the idle connections."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _connection(self, deadline: Deadline) -> http.client.HTTPConnection:
        while True:
            try:
                idle = self._idle.get_nowait()
            except Empty:
                break
            if not _is_dropped(idle.sock):
                return idle
            idle.close()
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=deadline.remaining())
        connection.connect()
        return connection

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, deadline: Deadline
    ) -> HttpResponse:
        sock = connection.sock
        sock.settimeout(deadline.remaining())
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        connection.response_class = _response_class(deadline)
        response = connection.getresponse()
        return HttpResponse(status=response.status, body=response.read())

    def _release(self, connection: http.client.HTTPConnection) -> None:
        try:
            if connection.sock:
                self._idle.put_nowait(connection)
        except Full:
            connection.close()


def _response_class(deadline: Deadline) -> type[http.client.HTTPResponse]:
    """Responses that are read until ``deadline``."""

    class DeadlineResponse(http.client.HTTPResponse):
        def __init__(
            self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
        ) -> None:
            super().__init__(sock, debuglevel, method, url)
            self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp, deadline))

    return DeadlineResponse


def _is_dropped(sock: socket) -> bool:
    """Whether the server has closed an idle connection."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _serving_errors() -> Iterator[None]:
    """Raise the client's own errors for those of sockets, TLS and HTTP."""
    try:
        yield
    except TimeoutError as error:
        raise DeadlineExceededError("no response within the deadline") from error
    except ssl.SSLError as error:
        raise RefusedError(f"no TLS connection: {error}") from error
    except ConnectionRefusedError as error:
        raise UnavailableError("no server: connection refused") from error
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(f"no response: {error or type(error).__name__}") from error
