"""What other clients do to the objects of a deployed dev stack, and whether a deployment puts it back."""

from collections.abc import Mapping
from typing import Any

from tests.inferencectl.rest import Rest

State = Mapping[str, Mapping[str, Any]]


def drift(rest: Rest, namespace: str) -> State:
    """Change fields of each kind that the program sets, as an operator would; returns the objects from before."""
    core, apps = f"/api/v1/namespaces/{namespace}", f"/apis/apps/v1/namespaces/{namespace}"
    networking = f"/apis/networking.k8s.io/v1/namespaces/{namespace}"
    before = {
        path: rest.get(path)
        for path in (
            f"{apps}/statefulsets/recommender-v3",
            f"{apps}/deployments/iris-v1",
            f"{core}/services/mnist",
            f"{core}/configmaps/iris-v1-config",
            f"{networking}/networkpolicies/mnist",
        )
    }
    # What kubectl scale does.
    rest.merge(f"{apps}/statefulsets/recommender-v3/scale", {"spec": {"replicas": 4}})
    # What kubectl set image and kubectl set env do, in one change; an image from elsewhere is refused at admission.
    (server,) = before[f"{apps}/deployments/iris-v1"]["spec"]["template"]["spec"]["containers"]
    variables = [{**each, "value": "changed by hand"} for each in server["env"]]
    image, _, _ = server["image"].partition("@")
    changed = {**server, "image": f"{image}-by-hand", "env": variables}
    rest.merge(f"{apps}/deployments/iris-v1", {"spec": {"template": {"spec": {"containers": [changed]}}}})
    # What kubectl label and kubectl edit do.
    rest.merge(f"{core}/services/mnist", {"metadata": {"labels": {"app.kubernetes.io/part-of": "something-else"}}})
    names = before[f"{core}/configmaps/iris-v1-config"]["data"]
    rest.merge(f"{core}/configmaps/iris-v1-config", {"data": dict.fromkeys(names, "changed by hand")})
    rest.merge(f"{networking}/networkpolicies/mnist", {"spec": {"ingress": None}})
    return before


def differences(rest: Rest, before: State) -> dict[str, list[str]]:
    """The parts of each object that are not as they were; only the objects that differ."""
    found = {path: _differing(state, rest.get(path)) for path, state in before.items()}
    return {path: parts for path, parts in found.items() if parts}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    parts = [key for key in ("spec", "data") if before.get(key) != after.get(key)]
    labels = [state["metadata"].get("labels") for state in (before, after)]
    return [*parts, *(["labels"] if labels[0] != labels[1] else [])]
