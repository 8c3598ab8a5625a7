"""The router as a model of the open inference protocol: what it says of itself, and of requests that it cannot read."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from settings.graph.graph import Graph
from settings.metrics.exporters import EXPORTERS
from tests.router.answering import Answering, answering
from tests.router.graphs import Y, graph, request, sequence, to
from tests.router.stand_in_models import StandInModel, StandIns

GRAPH = graph(sequence(to("small")), router={"maxConcurrentRequests": 2, "maxRequestBytes": 2048, "memory": "1Gi"})
X = {"name": "x", "datatype": "FP64", "shape": [1, 1], "data": [1.0]}


def run(asks: Callable[[Answering], Awaitable[Any]], tmp_path: Path, of: Graph = GRAPH, **how: Any) -> Any:
    async def asked() -> Any:
        async with answering(of, StandIns(small=StandInModel(**how)), tmp_path) as router:
            return await asks(router)

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "the request is not an object of JSON"),
        ({}, "inputs is not a list of tensors"),
        ({"inputs": []}, "inputs is not a list of tensors"),
        ({"inputs": [{"datatype": "FP64"}]}, "inputs.0 has no name"),
        ({"inputs": [{**X, "datatype": "DOUBLE"}]}, "inputs.0.datatype is none of"),
        ({"inputs": [{**X, "shape": [-1]}]}, "inputs.0.shape is not a list"),
        ({"inputs": [{**X, "shape": [True]}]}, "inputs.0.shape is not a list"),
        ({"inputs": [{**X, "shape": [10**12, 0]}]}, "inputs.0.shape is not a list"),
        ({"inputs": [{**X, "shape": [2]}]}, "inputs.0 has 1 elements, not those of its shape [2]"),
        ({"inputs": [{**X, "data": ["1"]}]}, "an element of inputs.0 is not a value of JSON for its data type FP64"),
        ({"inputs": [{**X, "datatype": "INT32"}]}, "an element of inputs.0"),
        ({"inputs": [{**X, "data": [True]}]}, "an element of inputs.0"),
        ({"inputs": [{**X, "data": None}]}, "inputs.0.data is not a list: tensors in binary are not read"),
        ({"inputs": [X, X]}, "inputs has two tensors of one name"),
        ({"inputs": [X], "outputs": [{"name": "z"}]}, "the graph has no output 'z', but y"),
        ({"inputs": [X], "outputs": [1]}, "outputs is not a list of objects with names"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, document: Any, problem: str) -> None:
    async def asks(router: Answering) -> None:
        status, answer, _ = await router.ask(document)
        assert status == 400
        assert answer["error"].startswith(problem)
        assert router.count("requests_total", outcome="refused") == 1

    run(asks, tmp_path)


@pytest.mark.parametrize(
    ("body", "headers", "problem"),
    [
        (b"{", {}, "the request cannot be read: it is not JSON"),
        (b"[" * 2000, {}, "the request cannot be read: it is not JSON"),
        (b"\xff", {}, "the request cannot be read: it is not JSON"),
        (b" " * 4096, {}, "the request is too large"),
        (b"\x1f\x8b", {"Content-Encoding": "gzip"}, "the request is compressed"),
        (b"{}", {"Inference-Timeout-Milliseconds": "0"}, "Inference-Timeout-Milliseconds is not a number"),
        (b"{}", {"Inference-Timeout-Milliseconds": "soon"}, "Inference-Timeout-Milliseconds is not a number"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, body: bytes, headers: dict[str, str], problem: str) -> None:
    async def asks(router: Answering) -> None:
        async with router.session.post(f"{router.url}/infer", data=body, headers=headers) as response:
            assert response.status == 400
            assert (await response.json())["error"].startswith(problem)

    run(asks, tmp_path)


def test_nested_data_and_chosen_outputs(tmp_path: Path) -> None:
    async def asks(router: Answering) -> None:
        tensor = {**X, "shape": [2, 2], "data": [[1, 2], [3, 4]]}
        status, answer, _ = await router.ask({"id": "7", "inputs": [tensor], "outputs": [{"name": "y"}]})
        assert (status, answer["id"], answer["model_name"]) == (200, "7", "answers")
        assert answer["outputs"] == [{"name": "y", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4]}]

    run(asks, tmp_path)


def test_more_requests_than_there_may_be_are_turned_away_at_once(tmp_path: Path) -> None:
    async def asks(router: Answering) -> None:
        document = json.loads(json.dumps(request([[1.0]])))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(router.ask(document)) for _ in range(5)]
        statuses = sorted(task.result()[0] for task in tasks)
        assert statuses == [200, 200, 503, 503, 503]
        turned_away = next(task.result() for task in tasks if task.result()[0] == 503)
        assert turned_away[2]["Retry-After"] == "1"
        assert router.count("requests_total", outcome="turned-away") == 3
        assert router.count("in_flight") == 0
        assert (await router.ask(document))[0] == 200

    run(asks, tmp_path, seconds=0.5)


def test_an_answer_that_is_too_large_is_none(tmp_path: Path) -> None:
    async def asks(router: Answering) -> None:
        status, answer, _ = await router.ask({"inputs": [{**X, "shape": [1, 500], "data": [0] * 500}]})
        assert (status, answer) == (502, {"error": "begin/small: the answer has more than 2048 bytes"})

    run(asks, tmp_path, factor=0.5)


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    async def asks(router: Answering) -> None:
        base = router.url.rpartition("/v2/")[0]
        for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/answers/ready"):
            async with router.session.get(base + path) as response:
                assert response.status == 200
        async with router.session.get(router.url) as response:
            assert await response.json() == {
                "name": "answers",
                "platform": "inference-graph",
                "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, -1]}],
                "outputs": [],
            }
        for path in ("/v2/models/other/infer", "/v2/models/answers/versions/1/infer"):
            async with router.session.post(base + path, json={}) as response:
                assert response.status == 404
        router.server.is_draining = True
        async with router.session.get(f"{base}/v2/health/ready") as response:
            assert response.status == 503
        assert (await router.ask(request([[1.0]])))[0] == 200, "what still comes is answered"

    run(asks, tmp_path, graph(sequence(to("small")), inputs=[{**Y, "name": "x"}]))


def test_every_series_is_known_to_the_settings(tmp_path: Path) -> None:
    async def asks(router: Answering) -> None:
        shown = {sample.name for family in router.registry.collect() for sample in family.samples}
        assert {name for name in shown if not name.endswith("_created")} == set(EXPORTERS["graph-router"].series)

    run(asks, tmp_path)
