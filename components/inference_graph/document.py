"""A graph as the router reads it: the stack's settings, and where its models answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.model_service.args import ModelServiceArgs, primary_version
from settings import Tensor, protocol_of
from settings.consistency.graph_tensors import outputs_of
from settings.graph.cascade import Cascade
from settings.graph.edge import Edge, Target
from settings.graph.ensemble import Ensemble
from settings.graph.graph import Graph
from settings.graph.step_of_graph import StepOfGraph
from settings.graph.switch import Switch

GRAPH_FILE = "graph.json"


def graph_text(graph: Graph, models: Sequence[ModelServiceArgs]) -> str:
    """The content of the router's file."""
    document = {
        "name": graph.name,
        "entry": graph.entry,
        "budgetMilliseconds": graph.budget_milliseconds,
        "maxConcurrentRequests": graph.router.max_concurrent_requests,
        "maxRequestBytes": graph.router.max_request_bytes,
        "inputs": [_tensor(each) for each in graph.inputs],
        "steps": [_step(step) for step in graph.steps],
        "models": [_model(graph, served) for served in models],
    }
    return f"{json.dumps(document, indent=1)}\n"


def _tensor(tensor: Tensor) -> Mapping[str, Any]:
    """As the open inference protocol describes one."""
    return {"name": tensor.name, "datatype": tensor.data_type.value, "shape": [*tensor.dims]}


def _model(graph: Graph, served: ModelServiceArgs) -> Mapping[str, Any]:
    """A model at its stable address, whose short name is known in the namespace."""
    return {
        "name": served.model.name,
        "nameInRequests": served.model.name_in_requests,
        "address": f"http://{served.model.name}:{primary_version(served).server.http_port}",
        "protocol": protocol_of(served.model.runtime),
        "outputs": [_tensor(each) for each in (outputs_of(graph, served.model) or {}).values()],
    }


def _step(step: StepOfGraph) -> Mapping[str, Any]:
    named = {"name": step.name}
    match step:
        case Switch():
            decides = {"parameter": step.parameter} if step.tensor is None else {"tensor": step.tensor}
            cases = [{"equals": case.equals, **_edge(case)} for case in step.cases]
            default = {"default": _edge(step.default)} if step.default else {}
            return {**named, "kind": step.kind, **decides, "cases": cases, **default}
        case Cascade():
            edges = {"light": _edge(step.light), "heavy": _edge(step.heavy)}
            return {**named, "kind": step.kind, **edges, "confidence": step.confidence, "threshold": step.threshold}
        case Ensemble():
            edges = [_edge(edge) for edge in step.edges]
            return {**named, "kind": step.kind, "edges": edges, "join": step.join.value}
        case _:
            return {**named, "kind": "sequence", "edges": [_edge(edge) for edge in step.ways.values()]}


def _edge(edge: Edge) -> Mapping[str, Any]:
    retries = {"retries": edge.retries} if edge.retries else {}
    fallback = {"fallback": _target(edge.fallback)} if edge.fallback else {}
    return {**_target(edge), **retries, **fallback}


def _target(target: Target) -> Mapping[str, Any]:
    inputs = {"inputs": dict(target.inputs)} if target.inputs else {}
    limit = {"timeoutMilliseconds": target.timeout_milliseconds} if target.timeout_milliseconds else {}
    return {"to": target.to, **inputs, **limit}
