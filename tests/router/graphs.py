"""Graphs of stand-in models, from the stack's settings to the file that the router reads."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.inference_graph.document import graph_text
from graph_router.graph import Graph as Read
from graph_router.graph import read_graph
from settings.graph.graph import Graph
from tests.components.models import MODELS, model, service_args

TENSORFLOW, TRITON = ("small", "large"), ("other", "last")
NAMES = (*TENSORFLOW, *TRITON)
Y = {"name": "y", "dataType": "FP64", "dims": [-1, -1]}


def to(name: str, source: str | None = None, milliseconds: int = 5000, **more: Any) -> dict[str, Any]:
    """An edge to a model, whose input is called ``source`` here."""
    return {"to": name, "timeoutMilliseconds": milliseconds, **({"inputs": {"x": source}} if source else {}), **more}


def sequence(*edges: Mapping[str, Any], name: str = "begin") -> dict[str, Any]:
    return {"name": name, "kind": "sequence", "edges": list(edges)}


def graph(*steps: Mapping[str, Any], **more: Any) -> Graph:
    """A graph whose entry is the first step."""
    written: dict[str, Any] = {"name": "answers", "entry": steps[0]["name"], "budgetMilliseconds": 60_000}
    written |= {"steps": list(steps), "router": {"memory": "4Gi"}, **more}
    asked = Graph.model_validate({**written}).models
    signed = [{"model": name, "outputs": [Y]} for name in TENSORFLOW if name in asked]
    return Graph.model_validate({"signatures": signed, **written})


def document(graph: Graph, address: str) -> dict[str, Any]:
    """What the router reads of it, with all models at one address."""
    served = [service_args(model(name, **MODELS["triton" if name in TRITON else "plain"])) for name in graph.models]
    written = json.loads(graph_text(graph, served))
    return {**written, "models": [{**each, "address": address} for each in written["models"]]}


def written(graph: Graph, address: str, directory: Path) -> Path:
    path = directory / "graph.json"
    path.write_text(json.dumps(document(graph, address)))
    return path


def read(graph: Graph, address: str, directory: Path) -> Read:
    return read_graph(written(graph, address, directory))


def request(rows: Sequence[Sequence[float]], **more: Any) -> dict[str, Any]:
    """A request with one tensor ``x``."""
    data = [value for row in rows for value in row]
    tensor = {"name": "x", "datatype": "FP64", "shape": [len(rows), len(rows[0])], "data": data}
    return {"inputs": [tensor], **more}
