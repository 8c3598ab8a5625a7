"""Requests and responses in JSON over HTTP."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult

from verification.client.deadline import Deadline
from verification.client.errors import RefusedError, UnavailableError
from verification.client.wire.http_exchange import HttpExchange, HttpResponse


class JsonExchange:
    """Requests to one server, which implements ``api``, as errors call it."""

    def __init__(self, url: SplitResult, api: str) -> None:
        self._http, self._api = HttpExchange(url), api

    def request(self, method: str, path: str, content: object, deadline: Deadline) -> Mapping[str, Any]:
        """The content of the response; a ``content`` of None sends no body.

        Raises:
            ServingError: there is no response, its status is not 200, or it is not valid JSON.
        """
        response = self.raw_request(method, path, content, deadline)
        if response.status == HTTPStatus.OK:
            with self.parsing(path):
                return json.loads(response.body)
        reason = f"{response.status} from {path}: {_error(response.body)}"
        raise (UnavailableError if response.status == HTTPStatus.SERVICE_UNAVAILABLE else RefusedError)(reason)

    def raw_request(self, method: str, path: str, content: object, deadline: Deadline) -> HttpResponse:
        """The response, whatever its status and body.

        Raises:
            ServingError: there is no response.
        """
        body = None if content is None else json.dumps(content).encode()
        return self._http.request(method, path, body, deadline)

    @contextmanager
    def parsing(self, path: str) -> Iterator[None]:
        """Raise :class:`RefusedError` where the body finds that a response does not have the API's form."""
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(f"the response from {path} does not follow {self._api}: {error!r}") from error

    def close(self) -> None:
        """Close the idle connections."""
        self._http.close()


def _error(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, LookupError, TypeError):
        return body[:200].decode(errors="replace").strip() or "no reason given"
