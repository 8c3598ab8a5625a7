"""A route in a namespace that the gateway takes no routes of, though istiod looks at it."""

import json
from collections.abc import Mapping
from typing import Any

from inferencectl.sandbox.kubectl import Kubectl
from settings import Gateway
from tests.waiting import soon

_NAME = "foreign"


def judged(kubectl: Kubectl, gateway: Gateway, host: str) -> Mapping[str, Any]:
    """What istiod says of the route for `host`: its condition `Accepted`."""
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": _NAME, "namespace": gateway.namespace},
        "spec": {
            "parentRefs": [{"name": gateway.name}],
            "hostnames": [host],
            "rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"hostname": "elsewhere.example"}}]}],
        },
    }
    kubectl.apply_objects([route])
    (parent,) = soon(lambda: _parents(kubectl, gateway), "istiod has judged the route")
    (accepted,) = (each for each in parent["conditions"] if each["type"] == "Accepted")
    return accepted


def remove(kubectl: Kubectl, gateway: Gateway) -> None:
    """Delete it."""
    kubectl.run("delete", f"httproute/{_NAME}", f"--namespace={gateway.namespace}", "--ignore-not-found")


def _parents(kubectl: Kubectl, gateway: Gateway) -> Any:
    found = kubectl.run("get", f"httproute/{_NAME}", f"--namespace={gateway.namespace}", "--output=json")
    return json.loads(found).get("status", {}).get("parents")
