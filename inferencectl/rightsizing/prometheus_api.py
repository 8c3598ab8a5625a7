"""Questions to a Prometheus, and its answers or what is wrong with it."""

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
    """The HTTP API below ``url``, as it is documented at https://prometheus.io/docs/prometheus/latest/querying/api/."""

    url: str

    @classmethod
    def at(cls, url: str) -> "PrometheusApi":
        """The API at an address that a user wrote.

        Raises:
            SandboxError: it is no address of one.
        """
        try:
            return cls(url=TypeAdapter(MetricsEndpoint).validate_python(url))
        except ValidationError as error:
            wanted = error.errors(include_url=False)[0].get("ctx", {})
            remedy = " ".join(filter(None, (f"give {wanted.get('expected', 'an address')}", wanted.get("hint"))))
            raise SandboxError(f"--prometheus {url!r} is no address", remedy, exit_code=BAD_INPUT) from None

    def vector(self, query: str) -> tuple[Element, ...]:
        """The elements that a query gives now, without those that are no number.

        Raises:
            SandboxError: nobody answers, who answers is no Prometheus, or it refuses the query.
        """
        try:
            elements = [
                Element(labels=each["metric"], value=float(each["value"][1])) for each in self._data(query)["result"]
            ]
        except (KeyError, TypeError, ValueError, IndexError):
            raise self._no_prometheus() from None
        return tuple(element for element in elements if isfinite(element.value))

    def number(self, query: str) -> float | None:
        """The one element that a query gives, or None."""
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
                f"{self.url}: no Prometheus answers: {getattr(error, 'reason', error)}",
                "give the address under which it is reached from here; one inside a cluster needs kubectl port-forward",
                exit_code=BAD_INPUT,
            ) from None

    def _refusal(self, error: urllib.error.HTTPError) -> SandboxError:
        try:
            reason = json.loads(error.read())["error"]
        except (KeyError, TypeError, ValueError, OSError):
            return self._no_prometheus(f" (status {error.code})")
        return SandboxError(f"{self.url}: Prometheus refuses a query: {reason}", "a shorter --window asks for less")

    def _no_prometheus(self, status: str = "") -> SandboxError:
        return SandboxError(
            f"{self.url}: who answers is no Prometheus{status}",
            "give the base of its HTTP API, such as http://127.0.0.1:9090",
            exit_code=BAD_INPUT,
        )
