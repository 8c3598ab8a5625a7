"""Graphs of models: what the examples and the tests of their router begin with."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import InferenceGraph, InferenceGraphArgs
from settings.graph.graph import Graph
from tests.components.models import MODELS, model, service_args
from tests.components.watched import MONITORING

ROUTER_IMAGE = "registry.example/inference/router@sha256:" + "7" * 64
SCORES = {"name": "scores", "dataType": "FP32", "dims": [-1, 10]}
PIXELS = {"name": "pixels", "dataType": "FP32", "dims": [-1, 64]}
LIGHT: Mapping[str, Any] = {"to": "light", "timeoutMilliseconds": 100, "retries": 1}
HEAVY: Mapping[str, Any] = {"to": "heavy", "timeoutMilliseconds": 500}
CASCADE: Mapping[str, Any] = {
    "name": "answers",
    "entry": "sure",
    "budgetMilliseconds": 1000,
    "inputs": [PIXELS],
    "steps": [
        {
            "name": "sure",
            "kind": "cascade",
            "light": {**LIGHT, "fallback": {"to": "heavy", "timeoutMilliseconds": 200}},
            "heavy": HEAVY,
            "confidence": "scores",
            "threshold": 0.9,
        }
    ],
    "signatures": [{"model": name, "inputs": [PIXELS], "outputs": [SCORES]} for name in ("light", "heavy")],
}
EVERYTHING: Mapping[str, Any] = {
    **CASCADE,
    "entry": "first",
    "budgetMilliseconds": 3000,
    "router": {"replicas": 2, "maxReplicas": 6, "memory": "512Mi"},
    "steps": [
        {"name": "first", "kind": "sequence", "edges": [{"to": "who"}]},
        {
            "name": "who",
            "kind": "switch",
            "parameter": "customer",
            "cases": [{"equals": "gold", "to": "both"}],
            "default": {"to": "sure"},
        },
        {"name": "both", "kind": "ensemble", "join": "mean", "edges": [LIGHT, HEAVY]},
        *CASCADE["steps"],
    ],
}


def graph_args(namespace: pulumi.Input[str] = "models", **fields: Any) -> InferenceGraphArgs:
    """Of a model of TensorFlow Serving, and one of Triton's, whose signature the graph says too."""
    models = [
        service_args(model(name, **MODELS[kind]), namespace) for name, kind in (("light", "plain"), ("heavy", "triton"))
    ]
    given = {"namespace": namespace, "image": ROUTER_IMAGE, "models": models, "monitoring": MONITORING}
    return InferenceGraphArgs(graph=Graph.model_validate({**CASCADE, **fields}), **given)


def _graph(**fields: Any) -> Any:
    def construct(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> InferenceGraph:
        return InferenceGraph(name, graph_args(namespace, **{**fields, "name": name}), opts)

    return construct


INFERENCE_GRAPHS = {"InferenceGraph": _graph(), "InferenceGraph-scaled": _graph(**EVERYTHING)}
