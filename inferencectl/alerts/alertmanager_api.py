"""A client of Alertmanager's HTTP API."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import MetricsEndpoint

_TIMEOUT_SECONDS = 30
_LARGEST_BYTES = 64 * 2**20


@dataclass(frozen=True, kw_only=True)
class AlertmanagerApi:
    """The HTTP API below ``url``.

    Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
    """

    url: str

    @classmethod
    def at(cls, url: str) -> "AlertmanagerApi":
        """The API at a URL given by the user.

        Raises:
            SandboxError: the URL is invalid.
        """
        try:
            return cls(url=TypeAdapter(MetricsEndpoint).validate_python(url))
        except ValidationError:
            raise SandboxError(
                f"--alertmanager {url!r} is not a valid URL",
                "specify an http or https URL without credentials and query, such as http://127.0.0.1:9093",
                exit_code=BAD_INPUT,
            ) from None

    def groups(self, namespace: str) -> list[Mapping[str, Any]]:
        """The alerts of a namespace that fire, by receiver, also those that it is not told of.

        Raises:
            SandboxError: the request failed, or the URL is not that of an Alertmanager.
        """
        query = urllib.parse.urlencode({"filter": f'namespace="{namespace}"'})
        return self._list(f"alerts/groups?{query}")

    def silences(self) -> Mapping[str, Mapping[str, Any]]:
        """All silences by their ID; raises SandboxError as `groups` does."""
        return {each["id"]: each for each in self._list("silences")}

    def _list(self, path: str) -> list[Mapping[str, Any]]:
        try:
            with urllib.request.build_opener().open(f"{self.url}/api/v2/{path}", timeout=_TIMEOUT_SECONDS) as reply:
                found = json.loads(reply.read(_LARGEST_BYTES))
        except urllib.error.HTTPError as error:
            raise self._not_alertmanager(f" (status {error.code})") from None
        except (OSError, http.client.HTTPException) as error:
            raise SandboxError(
                f"{self.url}: the request to Alertmanager failed: {getattr(error, 'reason', error)}",
                "specify a URL that is reachable from here; for Alertmanager in a cluster, use kubectl port-forward",
                exit_code=BAD_INPUT,
            ) from None
        except (ValueError, RecursionError):
            raise self._not_alertmanager() from None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self._not_alertmanager()
        return found

    def _not_alertmanager(self, status: str = "") -> SandboxError:
        return SandboxError(
            f"{self.url}: not the API of an Alertmanager{status}",
            "specify the base URL of Alertmanager, such as http://127.0.0.1:9093",
            exit_code=BAD_INPUT,
        )
