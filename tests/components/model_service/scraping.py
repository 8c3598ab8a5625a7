"""What a Prometheus answers."""

import json
import urllib.parse
import urllib.request

from inferencectl.sandbox.controllers import Prometheus


def values(prometheus: Prometheus, query: str) -> list[float]:
    """What Prometheus answers to a query now: the values of the elements."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{prometheus.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}", timeout=10) as reply:
        return [float(element["value"][1]) for element in json.load(reply)["data"]["result"]]
