"""The graph that a router answers with, read from the file that the platform writes from the stack's settings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_router.errors import UnusableGraphError


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A way to a model or to another step.

    ``inputs`` has what a tensor is called where it comes from, by what it is called there; where it is empty, all are
    passed on as they are. ``seconds`` bound each attempt at a model. The ``fallback`` is followed where a callee fails.
    """

    name: str
    to: str
    inputs: Mapping[str, str]
    seconds: float | None
    retries: int
    fallback: "Edge | None"


@dataclass(frozen=True, kw_only=True)
class Sequential:
    """Each edge gets what the one before it answered."""

    edges: Sequence[Edge]


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """All edges get the same at the same time, and their answers are joined."""

    edges: Sequence[Edge]
    join: str


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The edge of the value that a parameter of the request, or the only element of a tensor, has."""

    parameter: str | None
    tensor: str | None
    cases: Mapping[str, Edge]
    default: Edge | None


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """The light edge's answer where it is sure, the heavy edge's otherwise."""

    light: Edge
    heavy: Edge
    confidence: str
    threshold: float


Step = Sequential | Ensemble | Switch | Cascade


@dataclass(frozen=True, kw_only=True)
class Output:
    """A tensor of a model whose protocol does not say what it is called and what it is made of."""

    name: str
    datatype: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """Where a model answers, and how it is asked: edges lead to its ``name``, requests may call it otherwise."""

    name: str
    name_in_requests: str
    address: str
    protocol: str
    outputs: Sequence[Output]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One graph, and what its router may take."""

    name: str
    entry: str
    budget_seconds: float
    most_requests: int
    most_bytes: int
    inputs: Sequence[Mapping[str, Any]]
    steps: Mapping[str, Step]
    models: Mapping[str, Model]


def read_graph(path: Path) -> Graph:
    """The graph of a file.

    Raises:
        UnusableGraphError: it cannot be read, or a step leads nowhere.
    """
    try:
        document = json.loads(path.read_text())
        graph = _graph(document)
    except (OSError, ValueError) as error:
        raise UnusableGraphError(f"{path}: {error}") from None
    except (LookupError, TypeError, AttributeError) as error:
        raise UnusableGraphError(f"{path}: not a graph that the platform writes: {error!r}") from None
    known = {*graph.steps, *graph.models}
    for edge in edges_of(graph):
        if edge.to not in known:
            raise UnusableGraphError(f"{path}: {edge.name}: neither a step nor a model is called '{edge.to}'")
    if graph.entry not in graph.steps:
        raise UnusableGraphError(f"{path}: entry: no step is called '{graph.entry}'")
    return graph


def edges_of(graph: Graph) -> Sequence[Edge]:
    """All edges, fallbacks included."""
    found = [edge for step in graph.steps.values() for edge in _of_step(step)]
    return [*found, *(edge.fallback for edge in found if edge.fallback)]


def _of_step(step: Step) -> Sequence[Edge]:
    match step:
        case Sequential() | Ensemble():
            return step.edges
        case Switch():
            return [*step.cases.values(), *([step.default] if step.default else [])]
        case Cascade():
            return [step.light, step.heavy]


def _graph(document: Mapping[str, Any]) -> Graph:
    return Graph(
        name=document["name"],
        entry=document["entry"],
        budget_seconds=document["budgetMilliseconds"] / 1000,
        most_requests=document["maxConcurrentRequests"],
        most_bytes=document["maxRequestBytes"],
        inputs=document["inputs"],
        steps={each["name"]: _step(each) for each in document["steps"]},
        models={each["name"]: _model(each) for each in document["models"]},
    )


def _model(written: Mapping[str, Any]) -> Model:
    outputs = [Output(name=each["name"], datatype=each["datatype"]) for each in written["outputs"]]
    return Model(
        name=written["name"],
        name_in_requests=written["nameInRequests"],
        address=written["address"],
        protocol=written["protocol"],
        outputs=outputs,
    )


def _step(written: Mapping[str, Any]) -> Step:
    name = written["name"]
    match written["kind"]:
        case "sequence":
            return Sequential(edges=[_edge(name, each) for each in written["edges"]])
        case "ensemble":
            return Ensemble(edges=[_edge(name, each) for each in written["edges"]], join=written["join"])
        case "switch":
            default = written.get("default")
            return Switch(
                parameter=written.get("parameter"),
                tensor=written.get("tensor"),
                cases={each["equals"]: _edge(name, each) for each in written["cases"]},
                default=_edge(name, default) if default else None,
            )
        case "cascade":
            return Cascade(
                light=_edge(name, written["light"]),
                heavy=_edge(name, written["heavy"]),
                confidence=written["confidence"],
                threshold=written["threshold"],
            )
        case kind:
            raise ValueError(f"steps.{name}.kind: '{kind}' is no kind of step")


def _edge(step: str, written: Mapping[str, Any], suffix: str = "") -> Edge:
    fallback, limit = written.get("fallback"), written.get("timeoutMilliseconds")
    return Edge(
        name=f"{step}/{written['to']}{suffix}",
        to=written["to"],
        inputs=written.get("inputs") or {},
        seconds=limit / 1000 if limit else None,
        retries=written.get("retries", 0),
        fallback=_edge(step, fallback, f" instead of {written['to']}") if fallback else None,
    )
