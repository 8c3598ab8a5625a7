"""Stacks with graphs of the dev stack's models, which the fuzzer and the tests of bad input use."""

from collections.abc import Mapping
from typing import Any

ROUTER = "registry.example/inference/router@sha256:" + "7" * 64
X = {"name": "x", "dataType": "FP32", "dims": [-1, 4]}
Y = {"name": "y", "dataType": "FP32", "dims": [-1, 3]}
SIGNATURES = [{"model": name, "inputs": [X], "outputs": [Y]} for name in ("mnist", "iris")]


def to(name: str, milliseconds: int = 100, **more: Any) -> dict[str, Any]:
    return {"to": name, "timeoutMilliseconds": milliseconds, **more}


SEQUENCE: Mapping[str, Any] = {
    "name": "answers",
    "entry": "begin",
    "budgetMilliseconds": 500,
    "inputs": [X],
    "signatures": [SIGNATURES[0], {**SIGNATURES[1], "inputs": [Y]}],
    "steps": [{"name": "begin", "kind": "sequence", "edges": [to("mnist"), to("iris")]}],
}
KINDS: Mapping[str, Any] = {
    **SEQUENCE,
    "signatures": SIGNATURES,
    "budgetMilliseconds": 2000,
    "router": {"replicas": 2, "maxReplicas": 4, "memory": "512Mi"},
    "steps": [
        {
            "name": "begin",
            "kind": "switch",
            "parameter": "who",
            "cases": [{"equals": "a", "to": "both"}],
            "default": {"to": "sure"},
        },
        {"name": "both", "kind": "ensemble", "join": "mean", "edges": [to("mnist"), to("iris", inputs={"x": "x"})]},
        {
            "name": "sure",
            "kind": "cascade",
            "light": to("mnist", retries=1, fallback=to("iris")),
            "heavy": to("iris"),
            "confidence": "y",
            "threshold": 0.9,
        },
    ],
}


def graphed(*graphs: Mapping[str, Any]) -> dict[str, Any]:
    """The edits of a stack that serve these graphs."""
    return {"images": {"router": ROUTER}, "graphs": list(graphs)}
