"""Graphs: what a stack can ask for, and what is refused by name before anything is deployed."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from settings import load
from settings.consistency.graph_tensors import unchecked
from settings.graph.structure import at_once
from tests.settings.settings_graph import KINDS, ROUTER, SEQUENCE, SIGNATURES, X, Y, graphed, to
from tests.settings.settings_stack import edited, problems


def steps(*written: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A graph of whose tensors nothing is known."""
    bare = {key: value for key, value in SEQUENCE.items() if key != "inputs"}
    signatures = [{"model": name, "outputs": [Y]} for name in ("mnist", "iris")]
    return {**bare, "signatures": signatures, "entry": written[0]["name"], "steps": list(written), **more}


def sequence(name: str, *edges: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "kind": "sequence", "edges": list(edges)}


BOTH = (to("mnist"), to("iris"))


def found(graph: Mapping[str, Any], **edits: Any) -> list[str]:
    return problems({**graphed(graph), **edits})


@pytest.mark.parametrize("graph", [SEQUENCE, KINDS])
def test_what_can_be_asked_for(graph: Mapping[str, Any]) -> None:
    platform = load("dev", edited(graphed(graph)))
    (loaded,) = platform.graphs
    models = {model.name: model for model in platform.models}
    assert set(loaded.models) == {"mnist", "iris"}
    assert unchecked(loaded, models) == []


def test_edges_of_whose_tensors_nothing_is_said_are_known() -> None:
    platform = load("dev", edited(graphed(steps(sequence("begin", *BOTH)))))
    models = {model.name: model for model in platform.models}
    assert unchecked(platform.graphs[0], models) == ["begin > mnist", "begin > iris"]


def test_what_a_request_holds_at_the_same_time() -> None:
    (loaded,) = load("dev", edited(graphed(KINDS))).graphs
    assert at_once(loaded.entry, loaded.by_name) == 2


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (
            steps(sequence("a", {"to": "b"}), sequence("b", {"to": "a"})),
            ".steps[0] (a): leads back to itself: a > b > a",
        ),
        (steps(sequence("a", {"to": "a"})), ".steps[0] (a): leads back to itself: a > a"),
        (
            steps(sequence("a", to("mnist", fallback={"to": "a"})), sequence("b", to("iris"))),
            ".steps[0] (a): leads back to itself: a > a",
        ),
        (steps(sequence("a", *BOTH), sequence("b", *BOTH)), ".steps[1] (b).name: 'b', which no edge leads to"),
        (steps(sequence("a", *BOTH), entry="A"), ".entry"),
        (steps(sequence("a", *BOTH), entry="b"), ".entry: 'b'; expected the name of a step"),
        (
            steps(sequence("a", *BOTH, to("irs"))),
            "'irs'; expected a step of the graph, or a model of the stack; did you mean 'iris'?",
        ),
        (steps(sequence("a", *BOTH), sequence("a", *BOTH)), ".steps: 'a', 2 times; expected each name once"),
        (steps(sequence("iris", *BOTH[:1]), signatures=SIGNATURES[:1]), ".name: 'iris', also the name of a model"),
        (
            steps(sequence("a", *BOTH), budgetMilliseconds=199),
            ".budgetMilliseconds: 199; expected at least 200, what the edges",
        ),
        (steps(sequence("a", *BOTH, to("iris", retries=2))), ".budgetMilliseconds: 500; expected at least 550"),
        (steps(sequence("a", BOTH[0], to("iris", 200, fallback=to("mnist", 201)))), "expected at least 501"),
        (
            steps(sequence("a", *BOTH, {"to": "mnist"})),
            ".timeoutMilliseconds: missing; expected how long an attempt at model 'mnist'",
        ),
        (
            steps(sequence("a", to("b")), sequence("b", *BOTH)),
            ".timeoutMilliseconds: 100; expected none, as 'b' is a step",
        ),
        (
            steps(sequence("a", {"to": "b", "retries": 1}), sequence("b", *BOTH)),
            ".retries: 1; expected none, as 'b' is a step",
        ),
        (steps(sequence("a", *BOTH, to("iris", fallback=to("iris")))), ".fallback.to: 'iris', which has just failed"),
        (steps(sequence("a", *BOTH, to("recommender", 10))), ".signatures: none for 'recommender'"),
        ({**SEQUENCE, "name": "mnist"}, "'mnist', also the name of a model"),
        ({**SEQUENCE, "name": "mnist-v1"}, "'mnist-v1', also the name of a Service of model 'mnist'"),
        ({**SEQUENCE, "name": "model-verification"}, "also the name of a NetworkPolicy of the platform"),
        (
            {**SEQUENCE, "router": {"memory": "64Mi"}},
            ".router.memory: 64Mi; expected at least 192Mi: for maxConcurrentRequests 32",
        ),
        ({**SEQUENCE, "router": {"maxReplicas": 2}}, ".router.maxReplicas: 2; expected more than replicas, 2"),
        ({**SEQUENCE, "router": {"cpu": "50m"}}, ".router.cpu: 50m; expected at least 100m"),
        (
            {**SEQUENCE, "signatures": [*SEQUENCE["signatures"], {"model": "recommender", "outputs": [Y]}]},
            "a model that the graph asks",
        ),
        (
            {**SEQUENCE, "signatures": [{**SIGNATURES[0], "inputs": [X, X]}]},
            ".inputs: 'x', 2 times; expected each tensor once",
        ),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(graph: Mapping[str, Any], problem: str) -> None:
    refused = found(graph)
    assert len(refused) == 1, refused
    assert problem in refused[0]
    assert refused[0].startswith(".graphs[0]")


def test_many_calls_for_one_request_are_refused() -> None:
    wide = [
        {"name": f"s{depth}", "kind": "ensemble", "join": "all", "edges": [{"to": f"a{depth}"}, {"to": f"b{depth}"}]}
        for depth in range(6)
    ]
    ends = [sequence(f"{side}{depth}", {"to": f"s{depth + 1}"}) for depth in range(5) for side in "ab"]
    ends += [sequence("a5", to("mnist"), to("iris")), sequence("b5", to("iris"))]
    refused = found(steps(*wide, *ends))
    assert any("up to 96 calls of models for one request; expected at most 64" in each for each in refused)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"join": "median"}, "join"),
        ({"edges": [to("mnist"), to("mnist")]}, ".edges: 'mnist', 2 times"),
        ({"edges": [to("mnist")]}, ".edges"),
    ],
)
def test_a_wrong_ensemble(change: Mapping[str, Any], problem: str) -> None:
    (refused,) = found(steps({"name": "a", "kind": "ensemble", "join": "mean", "edges": [*BOTH], **change}))
    assert problem in refused


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tensor": "x"}, ".parameter: parameter and tensor; expected one of them"),
        ({"parameter": None}, ".parameter: neither parameter nor tensor"),
        ({"cases": [{"equals": "a", **BOTH[0]}, {"equals": "a", **BOTH[1]}]}, ".cases: 'a', 2 times"),
        ({"cases": []}, ".cases"),
    ],
)
def test_a_wrong_switch(change: Mapping[str, Any], problem: str) -> None:
    switch = {
        "name": "a",
        "kind": "switch",
        "parameter": "who",
        "cases": [{"equals": "a", **BOTH[0]}],
        "default": BOTH[1],
    }
    (refused,) = found(steps({**switch, **change}))
    assert problem in refused


def _changed(path: str, value: Any, graph: Mapping[str, Any] = KINDS) -> dict[str, Any]:
    made = json.loads(json.dumps(deepcopy(dict(graph))))
    here: Any = made
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in parents:
        here = here[part]
    here[last] = value
    return made


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (_changed("signatures.1.inputs", [X], SEQUENCE), "'iris' gets y; expected the inputs of 'iris': x"),
        (
            _changed("signatures.1.inputs.0.dims", [-1, 5], SEQUENCE),
            "FP32 [-1, 3]; expected 'y' of 'iris': FP32 [-1, 5]",
        ),
        (_changed("signatures.1.inputs.0.dims", [3], SEQUENCE), "FP32 [-1, 3]; expected 'y' of 'iris': FP32 [3]"),
        (
            _changed("signatures.1.inputs.0.dataType", "INT64", SEQUENCE),
            "FP32 [-1, 3]; expected 'y' of 'iris': INT64 [-1, 3]",
        ),
        (_changed("inputs", [{**X, "name": "z"}], SEQUENCE), "'mnist' gets z; expected the inputs of 'mnist': x"),
        (_changed("steps.0.edges.1.inputs", {"y": "z"}, SEQUENCE), "'z'; expected a tensor that reaches the step: y"),
        (
            _changed("steps.2.confidence", "yy"),
            ".confidence: 'yy'; expected a tensor that 'mnist' answers: y FP32 [-1, 3]",
        ),
        (_changed("signatures.0.outputs.0.dims", [-1, 2]), "answer y FP32 [-1, 2], and y FP32 [-1, 3]"),
        (_changed("signatures.0.outputs.0.dims", [-1, 2]), ".fallback.to: answers y FP32 [-1, 3]"),
    ],
)
def test_tensors_that_do_not_fit_are_refused_where_they_are_known(graph: Mapping[str, Any], problem: str) -> None:
    assert any(problem in each for each in found(graph)), found(graph)


def test_text_has_no_mean_and_no_confidence() -> None:
    texts = [{**each, "outputs": [{**Y, "dataType": "BYTES"}]} for each in SIGNATURES]
    refused = found({**KINDS, "signatures": texts})
    assert any("mean of 'y', BYTES [-1, 3]; expected vote or all" in each for each in refused)
    assert any(".confidence: 'y', BYTES [-1, 3]; expected a tensor of numbers" in each for each in refused)


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ({"images": {}}, ".images.router: missing; expected the image built from model_images/router"),
        (
            {"images": {"router": ROUTER, "build": {"registry": "registry.example/a", "tag": "1"}}},
            ".images.router: set, but build",
        ),
        ({"graphs": [SEQUENCE, SEQUENCE]}, "'answers', 2 times; expected a different name for each graph"),
    ],
)
def test_what_a_graph_needs_of_its_stack(edits: Mapping[str, Any], problem: str) -> None:
    assert any(problem in each for each in problems({**graphed(SEQUENCE), **edits}))


def test_the_quota_has_room_for_all_routers_and_one_more() -> None:
    def needed(edits: Mapping[str, Any]) -> int:
        quota = {"cpu": "500", "memory": "4Ti", "storage": "4Ti", "gpus": 99, "pods": 1}
        (refused,) = problems({**edits, "quota": quota})
        return int(refused.partition("expected at least ")[2].partition(",")[0])

    assert needed(graphed(KINDS)) - needed({}) == KINDS["router"]["maxReplicas"] + 1


def test_a_mesh_and_graphs_are_refused_together_with_the_reason() -> None:
    refused = problems({**graphed(SEQUENCE), "mesh": {"profile": "istio"}})
    assert any(each.startswith(".graphs: cannot be served with mesh.profile istio: the mesh lets") for each in refused)


def test_a_handler_that_defines_its_own_requests_is_in_no_graph() -> None:
    (refused,) = found(steps(sequence("a", *BOTH)), **{"models.1.runtime": "torchserve"})
    assert "'iris', of which the handler defines what requests are (runtime torchserve)" in refused


def test_prod_survives_the_loss_of_a_node() -> None:
    names = [model["name"] for model in json.loads(edited({}, "prod")["inference:platform"])["models"]][:1]
    graph = steps(sequence("a", to(names[0])), signatures=[{"model": names[0], "outputs": [Y]}], router={"replicas": 1})
    (refused,) = problems(graphed(graph), "prod")
    assert ".router.replicas: 1; expected at least 2 in prod" in refused
