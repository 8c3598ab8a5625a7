"""What the Prometheus of the live stack has measured."""

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

from inferencectl.sandbox.controllers.prometheus import NAME, NAMESPACE
from inferencectl.sandbox.live.prometheus_pod import PORT
from tests.live_stack import LiveCheckout


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Answers to queries, of now, through the API server: no policy of the cluster is asked for that."""

    live: LiveCheckout

    def by_pod(self, query: str) -> Mapping[str, float]:
        """The values by the label `pod`, which is empty for an element without one."""
        path = f"/api/v1/namespaces/{NAMESPACE}/services/{NAME}:{PORT}/proxy/api/v1/query"
        answer = self.live.kubectl.run("get", f"--raw={path}?{urllib.parse.urlencode({'query': query})}")
        return {each["metric"].get("pod", ""): float(each["value"][1]) for each in json.loads(answer)["data"]["result"]}

    def value(self, query: str) -> float | None:
        """The value of the only element, None without one."""
        return self.by_pod(query).get("")

    def requests_query(self, version: str) -> str:
        """What KEDA asks for the requests per second of a version, such as `digits-v1`."""
        (trigger,) = self.live.get("scaledobject", version)["spec"]["triggers"]
        return trigger["metadata"]["query"]
