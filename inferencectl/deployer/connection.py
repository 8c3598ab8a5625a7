"""Requests to the API server, with retries and actionable errors."""

import json
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError
from urllib3.util import Retry, Timeout

from inferencectl.workspace.errors import SandboxError

APPLY = "application/apply-patch+yaml"
_JSON = "application/json"

# A request ends within this time, including its retries, so that a lost API server causes an error and not a hang.
REQUEST_BUDGET_SECONDS = 25.0
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 15.0
_RETRY = Retry(total=9, allowed_methods=None, backoff_factor=0.1, backoff_jitter=0.1, backoff_max=4.0)

_TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
# Temporary refusals: a controller has not yet created what the object needs.
_TRANSIENT_REFUSAL = re.compile(
    r"status unknown for quota|because it is being terminated|object is being deleted"
    r"|error looking up service account|no API token found for service account"
)
# Server-side apply responds with 500 to a manifest that does not match the kind's schema.
_SCHEMA_REFUSAL = re.compile(r"^failed to create typed patch object")
_IMMUTABLE = re.compile(r"immutable|may not (?:be )?change|updates to .* are forbidden|cannot change", re.IGNORECASE)


class ApiError(SandboxError):
    """The API server rejected a request; `status` is the HTTP status, `body` the decoded Status object or {}.

    The status for a manifest that does not match its kind's schema is always 422.
    """

    def __init__(self, request: str, status: int, body: Mapping[str, Any]) -> None:
        text = body.get("message") or HTTPStatus(status).phrase
        status = HTTPStatus.UNPROCESSABLE_ENTITY if _SCHEMA_REFUSAL.match(text) else status
        self.status = status
        self.body = body
        super().__init__(f"{request}: the API server responded {status}: {text}", _remedy(status))

    @property
    def immutable(self) -> bool:
        """Whether the change needs a replacement of the object."""
        causes = (self.body.get("details") or {}).get("causes") or [{"message": self.body.get("message", "")}]
        return self.status == HTTPStatus.UNPROCESSABLE_ENTITY and any(
            _IMMUTABLE.search(cause.get("message", "")) for cause in causes
        )

    @property
    def is_by_policy(self) -> bool:
        """Whether a ValidatingAdmissionPolicy refused the object."""
        return "ValidatingAdmissionPolicy" in self.body.get("message", "")


class UnreachableError(SandboxError):
    """The API server did not answer, so whether it has carried out the request is not known."""


class Connection:
    """JSON requests over the connection pool of an `ApiClient`; safe for use by several threads."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._api.configuration.host

    def request(  # noqa: PLR0913 - the parts of an HTTP request
        self,
        verb: str,
        path: str,
        *,
        subject: object,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = _JSON,
    ) -> dict[str, Any]:
        """Send a request, with retries, and decode the response. `subject` names the object in errors.

        429, 5xx, conflicts of a patch except about who owns a field, lost connections and malformed responses are
        retried with growing pauses, or after the server's Retry-After; all requests of the deployer are idempotent.

        Raises:
            ApiError: the API server rejected the request.
            UnreachableError: there was no usable response within `REQUEST_BUDGET_SECONDS`.
        """
        url = f"{path}?{urlencode(query)}" if query else path
        data = None if body is None else json.dumps(body).encode()
        deadline = time.monotonic() + REQUEST_BUDGET_SECONDS
        retry = _RETRY
        while True:
            response, failure = None, None
            try:
                response = self._send(verb, url, data, content_type, deadline - time.monotonic())
                if response.status < HTTPStatus.BAD_REQUEST:
                    return json.loads(response.data)
                failure = ApiError(f"{verb} {subject}", response.status, _decoded(response))
                if not _is_transient(verb, failure):
                    raise failure
            except (HTTPError, json.JSONDecodeError) as error:
                failure = self._lost(verb, subject, error)
                if isinstance(error, SSLError):
                    raise failure from None
            retry = _next(retry, response, deadline, failure)

    def _send(
        self, verb: str, url: str, data: bytes | None, content_type: str, seconds_left: float
    ) -> urllib3.BaseHTTPResponse:
        configuration = self._api.configuration
        headers = {**self._api.default_headers, "Accept": _JSON, "Content-Type": content_type}
        if token := configuration.auth_settings().get("BearerToken"):
            headers["Authorization"] = str(token["value"])
        # The pool itself rather than ApiClient.call_api, whose typed layer costs more than the request.
        return self._api.rest_client.pool_manager.request(
            verb,
            configuration.host + url,
            body=data,
            headers=headers,
            retries=False,
            timeout=Timeout(connect=_CONNECT_SECONDS, read=max(1.0, min(_READ_SECONDS, seconds_left))),
        )

    def _lost(self, verb: str, subject: object, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"{verb} {subject}: no usable response from the API server {self.server}: {error}",
            "check that the API server runs and is reachable, then run the same command again: it continues from here",
        )


def _next(retry: Retry, response: urllib3.BaseHTTPResponse | None, deadline: float, failure: SandboxError) -> Retry:
    """Pause before the next attempt, or raise `failure` if none is left."""
    try:
        retry = retry.increment(response=response)
    except MaxRetryError:
        raise failure from None
    pause = (retry.get_retry_after(response) if response else None) or retry.get_backoff_time()
    if time.monotonic() + pause > deadline:
        raise failure
    time.sleep(pause)
    return retry


def _decoded(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body = json.loads(response.data)
    except ValueError:
        return {"message": response.data.decode(errors="replace").strip()[:500]}
    return body if isinstance(body, dict) else {}


def _is_transient(verb: str, error: ApiError) -> bool:
    if error.status == HTTPStatus.CONFLICT:
        # What another manager owns stays its own: only the object's version is another one at the next attempt.
        causes = error.body.get("details", {}).get("causes") or ()
        is_owned = any(cause.get("reason") == "FieldManagerConflict" for cause in causes)
        return verb in ("PATCH", "DELETE") and not is_owned
    if error.status == HTTPStatus.FORBIDDEN:
        return bool(_TRANSIENT_REFUSAL.search(error.body.get("message", "")))
    return error.status in _TRANSIENT_STATUS


def _remedy(status: int) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return "check the permissions of this kubeconfig context's user, and the admission rule in the response"
        case HTTPStatus.NOT_FOUND:
            return "add the missing namespace or definition to the program, or create it in the cluster first"
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
            return "correct the field that the response names in the program, then run the same command again"
        case HTTPStatus.CONFLICT:
            return "another client keeps changing this object; stop it, then run the same command again"
        case _:
            return "check the API server's health and log, then run the same command again: it continues from here"
