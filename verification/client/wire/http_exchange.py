"""HTTP requests that end at their deadline, however slowly the answer comes."""

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

_KEPT_CONNECTIONS = 8


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """A whole answer."""

    status: int
    body: bytes


class _Arriving(io.RawIOBase):
    """What a socket receives, each wait bounded by what is left of the deadline.

    ``plain`` is http.client's own reader, which keeps the socket open until the answer has been read.
    """

    def __init__(self, sock: socket, plain: io.BufferedIOBase, deadline: Deadline) -> None:
        self._socket, self._plain, self._deadline = sock, plain, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._socket.settimeout(self._deadline.remaining())
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        self._plain.close()
        super().close()


class HttpExchange:
    """Requests to one server over a few connections that are kept; any number of threads may use it."""

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        self._kept: LifoQueue[http.client.HTTPConnection] = LifoQueue(_KEPT_CONNECTIONS)

    def ask(self, method: str, path: str, body: bytes | None, deadline: Deadline) -> HttpAnswer:
        """One request, one answer.

        The name of the server is looked up by the system, whose own limits hold for that.

        Raises:
            DeadlineExceededError: the answer was not whole in time.
            UnavailableError: there is no server, or the connection broke.
            RefusedError: the server's certificate is not trusted, or it speaks no TLS.
        """
        with _told():
            connection = self._connection(deadline)
            try:
                answer = self._exchange(connection, method, path, body, deadline)
            except BaseException:
                connection.close()
                raise
            self._keep(connection)
            return answer

    def close(self) -> None:
        """Close the connections that are kept."""
        with suppress(Empty):
            while True:
                self._kept.get_nowait().close()

    def _connection(self, deadline: Deadline) -> http.client.HTTPConnection:
        while True:
            try:
                kept = self._kept.get_nowait()
            except Empty:
                break
            if not _is_dropped(kept.sock):
                return kept
            kept.close()
        made = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = made(self._url.hostname or "", self._url.port, timeout=deadline.remaining())
        connection.connect()
        return connection

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, deadline: Deadline
    ) -> HttpAnswer:
        sock = connection.sock
        sock.settimeout(deadline.remaining())
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        connection.response_class = _timed(deadline)
        response = connection.getresponse()
        return HttpAnswer(status=response.status, body=response.read())

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        try:
            if connection.sock:
                self._kept.put_nowait(connection)
        except Full:
            connection.close()


def _timed(deadline: Deadline) -> type[http.client.HTTPResponse]:
    """Answers that are read until ``deadline``."""

    class Timed(http.client.HTTPResponse):
        def __init__(
            self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
        ) -> None:
            super().__init__(sock, debuglevel, method, url)
            self.fp = io.BufferedReader(_Arriving(sock, self.fp, deadline))

    return Timed


def _is_dropped(sock: socket) -> bool:
    """Whether a server has ended a connection that nothing was asked over."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _told() -> Iterator[None]:
    """The errors of sockets, TLS and HTTP as the client's own."""
    try:
        yield
    except TimeoutError as error:
        raise DeadlineExceededError("no answer within the deadline") from error
    except ssl.SSLError as error:
        raise RefusedError(f"no TLS connection: {error}") from error
    except ConnectionRefusedError as error:
        raise UnavailableError("no server: connection refused") from error
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(f"no answer: {error or type(error).__name__}") from error
