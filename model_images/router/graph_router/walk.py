"""One request's way through the graph."""

import asyncio
import json
from typing import Any

from graph_router.asked import Asked
from graph_router.callers import Caller
from graph_router.errors import RoutingError, failed, refused
from graph_router.graph import Cascade, Edge, Ensemble, Graph, Sequential, Switch
from graph_router.joins import joined
from graph_router.measures import Measures
from graph_router.tensors import Tensor, Tensors


class Walk:
    """Follows edges from the entry."""

    def __init__(self, graph: Graph, caller: Caller, measures: Measures, asked: Asked) -> None:
        self._graph, self._caller, self._measures, self._asked = graph, caller, measures, asked

    async def answer(self, tensors: Tensors) -> Tensors:
        """What the graph answers.

        Raises:
            RoutingError: it does not.
        """
        return await self._step(self._graph.entry, tensors)

    async def _step(self, name: str, tensors: Tensors) -> Tensors:
        match step := self._graph.steps[name]:
            case Sequential():
                for edge in step.edges:
                    tensors = await self._follow(edge, tensors)
                return tensors
            case Ensemble():
                return await self._ensemble(step, tensors)
            case Switch():
                return await self._follow(self._chosen(name, step, tensors), tensors)
            case Cascade():
                return await self._cascade(step, tensors)

    async def _follow(self, edge: Edge, tensors: Tensors) -> Tensors:
        """An edge, or its fallback where the callee fails and there is time."""
        try:
            with self._measures.call(edge.name):
                return await self._reach(edge, tensors)
        except RoutingError as error:
            if edge.fallback is None or not error.is_of_the_callee:
                raise
            self._measures.fell_back(edge.name)
        return await self._follow(edge.fallback, tensors)

    async def _reach(self, edge: Edge, tensors: Tensors) -> Tensors:
        passed = _passed(edge, tensors)
        model = self._graph.models.get(edge.to)
        if model is None:
            return await self._step(edge.to, passed)
        return await self._caller.ask(model, edge, passed, self._asked)

    async def _ensemble(self, step: Ensemble, tensors: Tensors) -> Tensors:
        """Where one member fails, nobody waits for the others."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._follow(edge, tensors)) for edge in step.edges]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return joined(step.join, [(edge.to, task.result()) for edge, task in zip(step.edges, tasks, strict=True)])

    def _chosen(self, name: str, step: Switch, tensors: Tensors) -> Edge:
        value = self._value(name, step, tensors)
        edge = step.cases.get(value, step.default)
        if edge is None:
            raise refused(f"{name}: no case for {json.dumps(value[:80])}, and no default")
        return edge

    def _value(self, name: str, step: Switch, tensors: Tensors) -> str:
        if step.tensor is not None:
            tensor = tensors.get(step.tensor)
            if tensor is None or len(tensor.data) != 1:
                raise refused(f"{name}: tensor '{step.tensor}' is missing, or has not exactly one element")
            return _text(tensor.data[0])
        if step.parameter is None or step.parameter not in self._asked.parameters:
            if step.default is not None:
                return ""
            raise refused(f"{name}: parameter '{step.parameter}' is missing")
        return _text(self._asked.parameters[step.parameter])

    async def _cascade(self, step: Cascade, tensors: Tensors) -> Tensors:
        light = await self._follow(step.light, tensors)
        tensor = light.get(step.confidence)
        if tensor is None:
            raise failed(f"{step.light.name}: there is no tensor '{step.confidence}' in the answer")
        if _confidence(tensor) >= step.threshold:
            return light
        return await self._follow(step.heavy, tensors)


def _passed(edge: Edge, tensors: Tensors) -> Tensors:
    if not edge.inputs:
        return tensors
    if missing := [source for source in edge.inputs.values() if source not in tensors]:
        raise refused(f"{edge.name}: there is no tensor '{missing[0]}' to pass on, but {', '.join(sorted(tensors))}")
    return {name: tensors[source] for name, source in edge.inputs.items()}


def _text(value: Any) -> str:  # noqa: ANN401 - any value of JSON
    return value if isinstance(value, str) else json.dumps(value)


def _confidence(tensor: Tensor) -> float:
    """That of the least sure row: in each, the largest element. A tensor without rows is never sure."""
    if not tensor.data or tensor.datatype in ("BYTES", "BOOL"):
        return float("-inf")
    width = len(tensor.data) // tensor.shape[0] if tensor.shape else 1
    return min(max(tensor.data[start : start + width]) for start in range(0, len(tensor.data), width))
