"""Time limits, retries, fallbacks and the deadline of the whole, on the way to models that fail."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from inferencectl.sandbox.ports import free_ports
from settings.graph.graph import Graph
from tests.router.answering import Answering, answering
from tests.router.graphs import graph, request, sequence, to
from tests.router.stand_in_models import StandInModel, StandIns

ROWS = [[1.0, 2.0]]
HANGS = 30
"""Seconds that no test waits for."""


def models(**small: Any) -> StandIns:
    return StandIns(small=StandInModel(factor=2, **small), other=StandInModel(factor=10))


def run(
    of: Graph, stand_ins: StandIns, tmp_path: Path, asks: Callable[[Answering], Awaitable[Any]], address: str = ""
) -> Any:
    async def asked() -> Any:
        async with answering(of, stand_ins, tmp_path, address) as router:
            return await asks(router)

    return asyncio.run(asked())


def test_a_model_that_has_not_taken_the_request_is_asked_again(tmp_path: Path) -> None:
    stand_ins = models(statuses=[503, 503])

    async def asks(router: Answering) -> None:
        assert await router.outputs(request(ROWS)) == {"y": ([1, 2], [2.0, 4.0])}
        assert router.count("edge_retries_total", edge="begin/small") == 2
        assert router.count("edge_requests_total", edge="begin/small", outcome="answered") == 1
        assert router.count("requests_total", outcome="answered") == 1

    run(graph(sequence(to("small", retries=2))), stand_ins, tmp_path, asks)
    assert len(stand_ins.models["small"].asked) == 3


@pytest.mark.parametrize("status", [500, 504, 404, 302])
def test_what_a_model_has_taken_is_not_asked_again(tmp_path: Path, status: int) -> None:
    stand_ins = models(statuses=[status])

    async def asks(router: Answering) -> Any:
        return await router.ask(request(ROWS))

    answered, document, _ = run(graph(sequence(to("small", retries=2))), stand_ins, tmp_path, asks)
    assert (answered, document) == (502, {"error": f"begin/small: status {status}"})
    assert len(stand_ins.models["small"].asked) == 1


def test_nobody_there_is_said_after_the_retries(tmp_path: Path) -> None:
    (port,) = free_ports(1)

    async def asks(router: Answering) -> None:
        status, document, headers = await router.ask(request(ROWS))
        assert (status, document) == (503, {"error": "begin/small: no connection"})
        assert headers["Retry-After"] == "1"
        assert router.count("edge_retries_total", edge="begin/small") == 3
        assert router.count("edge_requests_total", edge="begin/small", outcome="unavailable") == 1

    run(graph(sequence(to("small", retries=3))), models(), tmp_path, asks, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("fails", "outcome"),
    [
        ({"seconds": HANGS}, "timed-out"),
        ({"statuses": [503]}, "unavailable"),
        ({"statuses": [500]}, "failed"),
        ({"answer": {"outputs": [[1.0], "x"]}}, "failed"),
        ({"answer": {"predictions": [[1.0]]}}, "failed"),
        ({"answer": {"outputs": [[1.0], [1.0, 2.0]]}}, "failed"),
    ],
)
def test_the_fallback_answers_where_the_callee_fails(tmp_path: Path, fails: dict[str, Any], outcome: str) -> None:
    async def asks(router: Answering) -> None:
        assert await router.outputs(request(ROWS)) == {"y": ([1, 2], [10.0, 20.0])}
        assert router.count("edge_requests_total", edge="begin/small", outcome=outcome) == 1
        assert router.count("edge_fallbacks_total", edge="begin/small") == 1
        assert router.count("edge_requests_total", edge="begin/other instead of small", outcome="answered") == 1

    run(graph(sequence(to("small", milliseconds=200, fallback=to("other")))), models(**fails), tmp_path, asks)


def test_what_no_model_could_answer_goes_to_no_fallback(tmp_path: Path) -> None:
    stand_ins = models(statuses=[400])

    async def asks(router: Answering) -> Any:
        return await router.ask(request(ROWS))

    status, document, _ = run(graph(sequence(to("small", fallback=to("other")))), stand_ins, tmp_path, asks)
    assert (status, document) == (400, {"error": "begin/small: status 400: a stand-in says no"})
    assert not stand_ins.models["other"].asked


def test_a_time_limit_is_that_of_its_edge(tmp_path: Path) -> None:
    async def asks(router: Answering) -> Any:
        return await router.ask(request(ROWS))

    status, document, _ = run(graph(sequence(to("small", milliseconds=200))), models(seconds=HANGS), tmp_path, asks)
    assert (status, document) == (504, {"error": "begin/small: no answer in 200 ms"})


def test_the_budget_ends_the_request_and_nobody_else_is_asked(tmp_path: Path) -> None:
    """Each attempt would have time, and the fallback too: what is over is the time of the whole."""
    stand_ins = models(seconds=HANGS)

    async def asks(router: Answering) -> None:
        told = {"Inference-Timeout-Milliseconds": "300"}
        status, document, _ = await router.ask(request(ROWS), **told)
        assert (status, document) == (504, {"error": "the time for the whole graph is over"})
        assert router.count("requests_total", outcome="budget-spent") == 1
        assert router.count("edge_requests_total", edge="begin/small", outcome="budget-spent") == 1
        assert router.count("edge_fallbacks_total", edge="begin/small") == 0

    run(graph(sequence(to("small", fallback=to("other")))), stand_ins, tmp_path, asks)
    assert not stand_ins.models["other"].asked


def test_every_model_is_told_what_is_left_and_what_the_client_sent(tmp_path: Path) -> None:
    stand_ins = models(seconds=0.2)
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    async def asks(router: Answering) -> None:
        sent = {"traceparent": trace, "tracestate": "a=b", "X-Request-Id": "7", "Authorization": "secret"}
        status, _, _ = await router.ask(request(ROWS), **{"Inference-Timeout-Milliseconds": "4000"}, **sent)
        assert status == 200

    run(graph(sequence(to("small", milliseconds=3000), to("other", "y"))), stand_ins, tmp_path, asks)
    (first,), (second,) = stand_ins.models["small"].asked, stand_ins.models["other"].asked
    assert int(first["Inference-Timeout-Milliseconds"]) == 3000
    assert 0 < int(second["Inference-Timeout-Milliseconds"]) <= 3800
    for headers in (first, second):
        found = {name.lower(): value for name, value in headers.items()}
        assert (found["traceparent"], found["tracestate"], found["x-request-id"]) == (trace, "a=b", "7")
        assert "authorization" not in found


def test_an_ensemble_waits_for_nobody_once_a_member_has_failed(tmp_path: Path) -> None:
    stand_ins = StandIns(small=StandInModel(statuses=[500]), other=StandInModel(seconds=HANGS))
    ensemble = {"name": "begin", "kind": "ensemble", "join": "mean", "edges": [to("small"), to("other")]}

    async def asks(router: Answering) -> None:
        status, document, _ = await router.ask(request(ROWS))
        assert (status, document) == (502, {"error": "begin/small: status 500"})
        assert router.count("edge_requests_total", edge="begin/other", outcome="abandoned") == 1

    run(graph(ensemble), stand_ins, tmp_path, asks)


def test_members_whose_answers_do_not_fit_are_no_mean(tmp_path: Path) -> None:
    stand_ins = StandIns(small=StandInModel(answer={"outputs": [[1.0]]}), other=StandInModel())
    ensemble = {"name": "begin", "kind": "ensemble", "join": "mean", "edges": [to("small"), to("other")]}

    async def asks(router: Answering) -> Any:
        return await router.ask(request(ROWS))

    status, document, _ = run(graph(ensemble), stand_ins, tmp_path, asks)
    assert status == 502
    assert document == {"error": "tensor 'y' of 'other' has another type or shape than that of 'small'"}


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"kind": "a"}, (200, [2.0, 4.0])),
        ({"kind": "b"}, (400, 'begin: no case for "b", and no default')),
        ({}, (400, "begin: parameter 'kind' is missing")),
    ],
)
def test_a_switch_without_a_default_says_what_it_lacks(tmp_path: Path, parameters: dict[str, Any], answer: Any) -> None:
    switch = {"name": "begin", "kind": "switch", "parameter": "kind", "cases": [{"equals": "a", **to("small")}]}

    async def asks(router: Answering) -> Any:
        status, document, _ = await router.ask(request(ROWS, parameters=parameters))
        return status, document["outputs"][0]["data"] if status == 200 else document["error"]

    assert run(graph(switch), models(), tmp_path, asks) == answer


@pytest.mark.parametrize(("value", "answer"), [(3.0, [60.0]), (4.0, [16.0])])
def test_a_switch_on_what_was_predicted(tmp_path: Path, value: float, answer: list[float]) -> None:
    switch = {"name": "then", "kind": "switch", "tensor": "y", "cases": [{"equals": "6.0", **to("other", "y")}]}
    switch["default"] = to("small", "y")

    async def asks(router: Answering) -> Any:
        return await router.outputs(request([[value]]))

    assert run(graph(sequence(to("small"), {"to": "then"}), switch), models(), tmp_path, asks) == {
        "y": ([1, 1], answer)
    }
