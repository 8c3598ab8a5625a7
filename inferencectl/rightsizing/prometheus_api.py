"""A client of the Prometheus HTTP API."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pydantic import TypeAdapter, ValidationError

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import MetricsEndpoint

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Element:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, kw_only=True)
class PrometheusApi:
    """The HTTP API below ``url``. Source: https://prometheus.io/docs/prometheus/latest/querying/api/"""

    url: str

    @classmethod
    def at(cls, url: str) -> "PrometheusApi":
        """The API at a URL given by the user.

        Raises:
            SandboxError: the URL is invalid.
        """
        try:
            return cls(url=TypeAdapter(MetricsEndpoint).validate_python(url))
        except ValidationError as error:
            wanted = error.errors(include_url=False)[0].get("ctx", {})
            remedy = " ".join(filter(None, (f"specify {wanted.get('expected', 'a URL')}", wanted.get("hint"))))
            raise SandboxError(f"--prometheus {url!r} is not a valid URL", remedy, exit_code=BAD_INPUT) from None

    def vector(self, query: str) -> tuple[Element, ...]:
        """The current elements of a query's result, without those that are NaN or infinite.

        Raises:
            SandboxError: the request failed, the URL is not a Prometheus API, or Prometheus rejected the query.
        """
        try:
            elements = [
                Element(labels=each["metric"], value=float(each["value"][1])) for each in self._data(query)["result"]
            ]
        except (KeyError, TypeError, ValueError, IndexError):
            raise self._not_prometheus() from None
        return tuple(element for element in elements if isfinite(element.value))

    def number(self, query: str) -> float | None:
        """The value of the first element of a query's result; None if the result is empty."""
        return next((element.value for element in self.vector(query)), None)

    def _data(self, query: str) -> Mapping[str, Any]:
        form = urllib.parse.urlencode({"query": query}).encode()
        try:
            with urllib.request.build_opener().open(f"{self.url}/api/v1/query", form, _TIMEOUT_SECONDS) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise SandboxError(
                f"{self.url}: the request to Prometheus failed: {getattr(error, 'reason', error)}",
                "specify a URL that is reachable from here; for Prometheus in a cluster, use kubectl port-forward",
                exit_code=BAD_INPUT,
            ) from None

    def _refusal(self, error: urllib.error.HTTPError) -> SandboxError:
        try:
            reason = json.loads(error.read())["error"]
        except (KeyError, TypeError, ValueError, OSError):
            return self._not_prometheus(f" (status {error.code})")
        return SandboxError(f"{self.url}: Prometheus rejected the query: {reason}", "try a shorter window")

    def _not_prometheus(self, status: str = "") -> SandboxError:
        return SandboxError(
            f"{self.url}: not a Prometheus API{status}",
            "specify the base URL of the Prometheus HTTP API, such as http://127.0.0.1:9090",
            exit_code=BAD_INPUT,
        )
