"""The HTTP API that Elasticsearch and OpenSearch have in common."""

import base64
import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import PrivacyError

_TIMEOUT_SECONDS = 600
_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.5
_BUSY = frozenset({429, 502, 503, 504})
_DENIED = frozenset({401, 403})


@dataclass(frozen=True, kw_only=True)
class StoreApi:
    """The API below ``url``; ``login`` is ``user:password``, or nothing."""

    url: str
    login: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, absent: frozenset[int] = frozenset()
    ) -> Any:  # noqa: ANN401 - JSON
        """What the store answers; None for a status of `absent`.

        Whatever is called here may be called twice, so that a busy store is asked again.

        Raises:
            PrivacyError: the store cannot be reached, is busy for seconds, or refuses; with its reason.
        """
        request = urllib.request.Request(  # noqa: S310 - the configuration allows http and https alone
            f"{self.url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self._authorization},
        )
        pause = _FIRST_PAUSE_SECONDS
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                return self._answer(request)
            except urllib.error.HTTPError as error:
                if error.code in absent:
                    return None
                if last or error.code not in _BUSY:
                    raise self._refused(method, path, error) from None
            except (OSError, http.client.HTTPException) as error:
                if last:
                    raise self._unreachable(error) from None
            time.sleep(pause)
            pause *= 2
        raise AssertionError

    @property
    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Basic {base64.b64encode(self.login.encode()).decode()}"} if self.login else {}

    def _answer(self, request: urllib.request.Request) -> Any:  # noqa: ANN401 - JSON
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=self.trust) as reply:  # noqa: S310
            text = reply.read()
        try:
            return json.loads(text)
        except ValueError:
            raise PrivacyError(
                f"{self.url}: the answer is no JSON",
                "set url to the base URL of Elasticsearch or OpenSearch",
                bad_input=True,
            ) from None

    def _refused(self, method: str, path: str, error: urllib.error.HTTPError) -> PrivacyError:
        reason = _reason(error.read())
        remedy = (
            "use a login that may do that; docs/privacy.md lists the privileges"
            if error.code in _DENIED
            else "put that right in the store, and run the command again: it continues"
        )
        where = path.partition("?")[0]
        return PrivacyError(f"{self.url}: {method} {where}: {error.code} {reason}", remedy)

    def _unreachable(self, error: Exception) -> PrivacyError:
        return PrivacyError(
            f"{self.url}: the store does not answer: {getattr(error, 'reason', error)}",
            "set url and ca to what is reachable from here, for example with kubectl port-forward",
        )


def _reason(text: bytes) -> str:
    try:
        error = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return "without a reason"
    return error if isinstance(error, str) else f"{error.get('type')}: {error.get('reason')}"
