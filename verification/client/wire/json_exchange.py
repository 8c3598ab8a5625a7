"""Questions and answers in JSON over HTTP."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult

from verification.client.deadline import Deadline
from verification.client.errors import RefusedError, UnavailableError
from verification.client.wire.http_exchange import HttpExchange


class JsonExchange:
    """Requests to one server, whose answers are those of ``api``, as errors call it."""

    def __init__(self, url: SplitResult, api: str) -> None:
        self._http, self._api = HttpExchange(url), api

    def ask(self, method: str, path: str, content: object, deadline: Deadline) -> Mapping[str, Any]:
        """The content of the answer; a ``content`` of None is not sent.

        Raises:
            ServingError: there is no answer, it is none of status 200, or no JSON.
        """
        status, body = self.answer(method, path, content, deadline)
        if status == HTTPStatus.OK:
            with self.understood(path):
                return json.loads(body)
        reason = f"{status} from {path}: {_error(body)}"
        raise (UnavailableError if status == HTTPStatus.SERVICE_UNAVAILABLE else RefusedError)(reason)

    def answer(self, method: str, path: str, content: object, deadline: Deadline) -> tuple[int, bytes]:
        """The status and the body of the answer, whatever they are.

        Raises:
            ServingError: there is no answer.
        """
        body = None if content is None else json.dumps(content).encode()
        answer = self._http.ask(method, path, body, deadline)
        return answer.status, answer.body

    @contextmanager
    def understood(self, path: str) -> Iterator[None]:
        """An answer of another form than the interface's is refused, whatever it is that is missing."""
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(f"the answer from {path} is not {self._api}'s: {error!r}") from error

    def close(self) -> None:
        """Close the connections that are kept."""
        self._http.close()


def _error(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, LookupError, TypeError):
        return body[:200].decode(errors="replace").strip() or "no reason given"
