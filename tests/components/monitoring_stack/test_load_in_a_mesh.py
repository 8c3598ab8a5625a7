"""The load of a model in a mesh, with promtool: a server that its proxy's agent cannot read is not one without load."""

from pathlib import Path
from typing import Any

import pytest

from components.model_service.manifests import gate_queries, load_queries
from tests.components.monitoring_stack.promtool import Trial, failures
from tests.components.monitoring_stack.scenes_of_meshes import LOST
from tests.components.watched import meshed_model, watched_models

REQUESTS = ":tensorflow:serving:request_latency_count"
ALIVE, DEAD = "0+60x30", "0+60x10 stale"
"""One request a second for half an hour, and until minute 10; the agent answers all the time."""


def pod(name: str, values: str, lost: str) -> list[dict[str, Any]]:
    labels = f'namespace="models",pod="meshed-v1-7d9f8c-{name}"'
    return [
        {"series": f"up{{{labels}}}", "values": "1x30"},
        {"series": f'{REQUESTS}{{API="predict",{labels}}}', "values": values},
        *([{"series": f'{LOST}{{type="application",{labels}}}', "values": lost}] if lost else []),
    ]


NEVER, EVERY_MINUTE, ONCE = "", "_x10 1+1x20", "0x15 1x15"


@pytest.mark.parametrize(
    ("pods", "minute", "load"),
    [
        ([pod("aaaaa", ALIVE, NEVER), pod("bbbbb", ALIVE, NEVER)], 20, 2),
        ([pod("aaaaa", "", NEVER), pod("bbbbb", "", NEVER)], 20, 0),
        # At once, in the window in which the server was still read, and for as long as it lasts.
        *(([pod("aaaaa", DEAD, EVERY_MINUTE)], minute, None) for minute in (11, 12, 13, 15, 20, 29)),
        *(([pod("aaaaa", ALIVE, NEVER), pod("bbbbb", DEAD, EVERY_MINUTE)], minute, 2) for minute in (11, 13, 20, 29)),
        ([pod("aaaaa", ALIVE, NEVER), pod("bbbbb", ALIVE, ONCE)], 17, 2),
        ([pod("aaaaa", ALIVE, ONCE)], 17, None),
        ([pod("aaaaa", ALIVE, ONCE)], 25, 1),
    ],
)
def test_a_server_that_is_not_read_has_an_unknown_load(
    pods: list[list[dict[str, Any]]], minute: int, load: float | None, promtool: Path, tmp_path: Path
) -> None:
    (served,) = meshed_model().served
    queries = [load_queries.requests_per_second(served, "models", 240)]
    if load is None:
        queries.append(gate_queries.requests_per_second(served, "models", 240))
    expected = [] if load is None else [{"labels": "{}", "value": load}]
    test = {
        "interval": "1m",
        "input_series": [series for own in pods for series in own if series["values"]],
        "promql_expr_test": [
            {"expr": f"round({query}, 0.01)", "eval_time": f"{minute}m", "exp_samples": expected} for query in queries
        ],
    }
    assert failures(promtool, [Trial(rules=[], tests=[test]).written(tmp_path)]) == ""


def test_without_a_mesh_nobody_else_is_asked() -> None:
    (served,) = watched_models()["mnist"].served
    assert LOST not in load_queries.requests_per_second(served, "models", 60)
