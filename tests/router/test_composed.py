"""A graph answers what its models answer, composed by hand."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from settings.graph.graph import Graph
from tests.router.answering import answering
from tests.router.graphs import NAMES, graph, request, sequence, to
from tests.router.stand_in_models import Rows, StandInModel, StandIns

STEPS = 6
FUNCTIONS = {"small": (2, 1), "large": (-1, 0.5), "other": (0.5, -3), "last": (1, 0)}
VALUES = st.integers(min_value=-8, max_value=8).map(lambda number: number / 2)


class Drawn:
    """Steps that are drawn one inside the other, and what each answers."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.steps = draw, list[dict[str, Any]]()

    def edge(self, names: list[str], depth: int, taken: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[str]]:
        """An edge for what is called ``names``, and what is called how afterwards."""
        if depth and len(self.steps) < STEPS and self.draw(st.booleans()):
            name, answered = self.step(names, depth - 1)
            return {"to": name}, answered
        model = self.draw(st.sampled_from([each for each in NAMES if each not in taken]))
        return to(model, self.draw(st.sampled_from(names))), ["y"]

    def step(self, names: list[str], depth: int) -> tuple[str, list[str]]:
        kind = self.draw(st.sampled_from(["sequence", "ensemble", "switch", "cascade"]))
        step: dict[str, Any] = {"name": f"step-{len(self.steps)}", "kind": kind}
        self.steps.append(step)
        if kind == "sequence":
            step["edges"] = []
            for _ in range(self.draw(st.integers(1, 3))):
                edge, names = self.edge(names, depth)
                step["edges"].append(edge)
            return step["name"], names
        first, answered = self.edge(names, depth)
        second, others = self.edge(names, depth, (first["to"],))
        if kind == "ensemble":
            step["edges"] = [first, second]
            step["join"] = self.draw(st.sampled_from(["all", "mean", "vote"] if answered == others else ["all"]))
            if step["join"] == "all":
                answered = [
                    f"{each['to']}.{name}" for each, own in ((first, answered), (second, others)) for name in own
                ]
            return step["name"], answered
        if answered != others:
            second = {**to(self.draw(st.sampled_from(NAMES)), names[0])}
            first, answered = {**to(self.draw(st.sampled_from(NAMES)), names[0])}, ["y"]
        if kind == "switch":
            step |= {"parameter": "kind", "cases": [{"equals": "7", **first}], "default": second}
        else:
            step |= {"light": first, "heavy": second, "confidence": answered[0], "threshold": self.draw(VALUES)}
        return step["name"], answered


@st.composite
def graphs(draw: Any) -> Graph:
    drawn = Drawn(draw)
    drawn.step(["x"], depth=2)
    reached, waiting = list[dict[str, Any]](), [drawn.steps[0]]
    while waiting:
        step = waiting.pop()
        reached.append(step)
        parts = [
            *step.get("edges", []),
            *step.get("cases", []),
            *(step[key] for key in ("default", "light", "heavy") if key in step),
        ]
        waiting += [each for each in drawn.steps for part in parts if part["to"] == each["name"]]
    return graph(*reached)


def by_hand(step: Any, steps: Mapping[str, Any], tensors: Mapping[str, Rows], kind: Any) -> Mapping[str, Rows]:
    """The answer of a step, computed from what the models compute and what the settings say."""

    def along(edge: Any, given: Mapping[str, Rows]) -> Mapping[str, Rows]:
        passed = {name: given[source] for name, source in edge.inputs.items()} or given
        if edge.to in steps:
            return by_hand(steps[edge.to], steps, passed, kind)
        factor, summand = FUNCTIONS[edge.to]
        return {"y": [[factor * value + summand for value in row] for row in passed["x"]]}

    if step.kind == "sequence":
        for edge in step.edges:
            tensors = along(edge, tensors)
        return tensors
    if step.kind == "switch":
        return along(step.cases[0] if str(kind) == "7" else step.default, tensors)
    if step.kind == "cascade":
        light = along(step.light, tensors)
        sure = min(max(row) for row in light[step.confidence]) >= step.threshold
        return light if sure else along(step.heavy, tensors)
    answers = [along(edge, tensors) for edge in step.edges]
    if step.join == "all":
        return {
            f"{edge.to}.{name}": rows
            for edge, own in zip(step.edges, answers, strict=True)
            for name, rows in own.items()
        }
    join = (
        (lambda votes: sum(votes) / len(votes))
        if step.join == "mean"
        else lambda votes: Counter(votes).most_common()[0][0]
    )
    return {
        name: [
            [join(votes) for votes in zip(*rows, strict=True)]
            for rows in zip(*(own[name] for own in answers), strict=True)
        ]
        for name in answers[0]
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    graphs(), st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=3), st.sampled_from([7, "7", 8])
)
@example(graph(sequence(to("small"), to("other", "y"))), [[1.0, 2.0]], 7)
def test_a_graph_answers_as_its_models_do(tmp_path: Path, of: Graph, rows: Rows, kind: Any) -> None:
    models = StandIns(**{name: StandInModel(factor=f, summand=s) for name, (f, s) in FUNCTIONS.items()})
    expected = by_hand(of.by_name[of.entry], of.by_name, {"x": rows}, kind)

    async def ask() -> Mapping[str, Any]:
        async with answering(of, models, tmp_path) as router:
            return await router.outputs(request(rows, parameters={"kind": kind}))

    found = asyncio.run(ask())
    assert found == {name: ([len(rows), 2], [value for row in own for value in row]) for name, own in expected.items()}


@pytest.mark.parametrize(
    ("rows", "asked", "answer"),
    [([[1.0], [4.0]], ["small"], [3.0, 9.0]), ([[1.0], [0.0]], ["small", "large"], [-0.5, 0.5])],
)
def test_the_heavy_model_is_asked_only_where_the_light_one_is_not_sure(
    tmp_path: Path, rows: Rows, asked: list[str], answer: list[float]
) -> None:
    models = StandIns(**{name: StandInModel(factor=f, summand=s) for name, (f, s) in FUNCTIONS.items()})
    cascade = {
        "name": "c",
        "kind": "cascade",
        "light": to("small"),
        "heavy": to("large"),
        "confidence": "y",
        "threshold": 3.0,
    }

    async def ask() -> Mapping[str, Any]:
        async with answering(graph(cascade), models, tmp_path) as router:
            return await router.outputs(request(rows))

    assert asyncio.run(ask()) == {"y": ([2, 1], answer)}
    assert [name for name, model in models.models.items() if model.asked] == asked
