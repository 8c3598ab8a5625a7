"""Rules that models share: each model is told of by its own name, team and limits, and none disturbs another."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from components import ModelServiceArgs
from components.monitoring_stack.manifests import rules_spec
from components.monitoring_stack.rules import groups_of_models, groups_of_stack, parts_of
from components.monitoring_stack.rules.together import MOST_TOGETHER
from settings import Objective
from settings.values.text import MODEL_NAME_CHARACTERS
from tests.components.models import KEDA, MODELS, model, service_args
from tests.components.monitoring_stack.promtool import Rule, Trial, failures
from tests.components.watched import MONITORING

LARGEST_FILE_BYTES = 2**19
"""What prometheus-operator takes of a PrometheusRule: half of a Secret."""
_WATCHED: Mapping[str, Any] = {"autoscaling": KEDA, "monitoring": MONITORING}
SERVED: Sequence[ModelServiceArgs] = [
    service_args(model(name, **fields), **_WATCHED)
    for name, fields in (
        ("calm", {"objective": Objective(availability_percent=99.5, latency_p95_milliseconds=200)}),
        ("ill", {"objective": Objective(availability_percent=99.5, latency_p95_milliseconds=200)}),
        ("strict", {"objective": Objective(availability_percent=99.9, latency_p95_milliseconds=100), "team": "search"}),
        ("plain", {}),
        ("triton", {**MODELS["triton"], "objective": Objective(availability_percent=95)}),
        ("stateful", MODELS["stateful"]),
        ("uncounted", {**MODELS["torchserve"]}),
    )
]
TEAMS = {"strict": "search"}
MINUTE = 15


def shared(models: Sequence[ModelServiceArgs]) -> Sequence[Rule]:
    """What is said of all of them in rules that they share, after what these read of the stack."""
    made = [*groups_of_stack(models, "models", MONITORING), *groups_of_models(models, "models")]
    return [rule for group in rules_spec(made, "models", MONITORING)["groups"] for rule in group["rules"]]


def of(name: str, series: str, labels: str, values: str) -> Mapping[str, str]:
    pod = f'namespace="models",inference_model="{name}",pod="{name}-v1-7d9f8c-abcde"'
    return {"series": f"{series}{{{labels},{pod}}}", "values": values}


def served(name: str, answered: float, failed: float) -> Sequence[Mapping[str, str]]:
    """So many requests a minute, as the model's runtime counts them."""
    if name == "triton":
        known = (
            ("nv_inference_request_success", 'model="m",version="1"', answered),
            ("nv_inference_request_failure", 'model="m",version="1",reason="BACKEND"', failed),
        )
    else:
        known = (
            (":tensorflow:serving:request_latency_count", 'API="predict"', answered),
            (":tensorflow:serving:request_count", 'status="INTERNAL"', failed),
        )
    return [of(name, series, labels, f"0+{rate:g}x{MINUTE}") for series, labels, rate in known]


def took(name: str, below_150_milliseconds: int) -> Sequence[Mapping[str, str]]:
    """The latency of 100 requests a minute."""
    limits = {"150000.0": below_150_milliseconds, "250000.0": 100, "+Inf": 100}
    series = ":tensorflow:serving:request_latency_bucket"
    return [of(name, series, f'API="predict",le="{le}"', f"0+{rate}x{MINUTE}") for le, rate in limits.items()]


def pods(name: str, available: int, kind: str = "deployment") -> Sequence[Mapping[str, str]]:
    wanted = "kube_statefulset_replicas" if kind == "statefulset" else "kube_deployment_spec_replicas"
    own = f'{{namespace="models",{kind}="{name}-v1"}}'
    return [
        {"series": f"{wanted}{own}", "values": f"2x{MINUTE}"},
        {"series": f"kube_{kind}_status_replicas_available{own}", "values": f"{available}x{MINUTE}"},
    ]


LOST_NODE = [
    {"series": 'kube_node_status_condition{node="node-1",condition="Ready",status="true"}', "values": f"0x{MINUTE}"}
]


def on_lost_node(name: str) -> Sequence[Mapping[str, str]]:
    pod = f'namespace="models",pod="{name}-v1-7d9f8c-abcde"'
    return [
        {"series": f'kube_pod_info{{{pod},node="node-1"}}', "values": f"1x{MINUTE}"},
        {"series": f'kube_pod_status_phase{{{pod},phase="Running"}}', "values": f"1x{MINUTE}"},
    ]


SCENES: Mapping[str, tuple[Sequence[Sequence[Mapping[str, str]]], Sequence[tuple[str, str]]]] = {
    "ModelErrorRateHigh": (
        [
            *(served("calm", 100, 1), served("ill", 90, 10), served("strict", 50, 50)),
            *(served("plain", 97, 3), served("triton", 80, 20)),
        ],
        [("ill", "critical"), ("strict", "critical"), ("triton", "critical")],
    ),
    # 14.4 times 0.5, 0.1 and 5 % are 7.2, 1.44 and 72 %.
    "ModelFailureBudgetBurnsFast": (
        [
            *(served("calm", 100, 2), served("ill", 90, 10), served("strict", 98, 2)),
            *(served("plain", 50, 50), served("triton", 80, 20)),
        ],
        [("ill", "critical"), ("strict", "critical")],
    ),
    "ModelLatencyHigh": (
        [took("calm", 96), took("ill", 10), took("strict", 96), took("plain", 10)],
        [("ill", "warning"), ("strict", "warning")],
    ),
    "ModelUnavailable": (
        [pods("calm", 2), pods("ill", 0), pods("strict", 0), pods("plain", 1), pods("stateful", 0, "statefulset")],
        [("ill", "critical"), ("strict", "critical"), ("stateful", "critical")],
    ),
    "ModelNodeDown": (
        [
            LOST_NODE,
            *(pods("calm", 1), pods("ill", 0), pods("strict", 0), pods("stateful", 0, "statefulset")),
            *(on_lost_node(name) for name in ("calm", "ill", "stateful")),
        ],
        [*((name, "warning") for name in ("calm", "ill", "stateful")), ("ill", "critical"), ("stateful", "critical")],
    ),
}


@pytest.mark.parametrize("alert", SCENES)
def test_of_all_models_those_that_are_ill_are_told_of_to_their_teams(
    alert: str, promtool: Path, tmp_path: Path
) -> None:
    series, ill = SCENES[alert]
    asked = f'count by (inference_model, severity, team, namespace) (ALERTS{{alertname="{alert}",alertstate="firing"}})'
    told = [
        {
            "labels": f'{{inference_model="{name}",namespace="models",severity="{severity}",'
            f'team="{TEAMS.get(name, "ml-platform")}"}}',
            "value": 1,
        }
        for name, severity in ill
    ]
    # Every recording is of one model, and as many as there were before several shared a rule.
    one_each = 'max(count by (__name__, inference_model) ({__name__=~"inference:.*"}))'
    test = {
        "interval": "1m",
        "input_series": [each for own in series for each in own],
        "promql_expr_test": [
            {"expr": asked, "eval_time": f"{MINUTE}m", "exp_samples": told},
            {"expr": f"{one_each} > 1", "eval_time": f"{MINUTE}m", "exp_samples": []},
        ],
    }
    assert failures(promtool, [Trial(rules=shared(SERVED), tests=[test]).written(tmp_path)]) == ""


def test_a_rule_is_shared_by_all_models_of_which_it_says_the_same() -> None:
    def evaluations(models: Sequence[ModelServiceArgs]) -> Counter[str]:
        return Counter(rule.get("alert") or rule["record"] for rule in shared(models))

    alike = [service_args(model(f"m{number}", objective=SERVED[0].model.objective), **_WATCHED) for number in range(50)]
    assert evaluations(alike) == evaluations(alike[:1])
    # By runtime, by objective, by team, by limit, and by kind of workload.
    several = evaluations(SERVED)
    assert {name: several[name] for name in (*SCENES, "inference:requests:rate5m", "ModelNodeDown")} == {
        "ModelErrorRateHigh": 2,
        "ModelFailureBudgetBurnsFast": 3,
        "ModelLatencyHigh": 2,
        "ModelUnavailable": 3,
        "inference:requests:rate5m": 2,
        "ModelNodeDown": 6,
    }


def named(count: int) -> Sequence[ModelServiceArgs]:
    return [service_args(model(f"model-{number:04}"), **_WATCHED) for number in range(count)]


def names(models: Sequence[ModelServiceArgs]) -> set[str]:
    return {each.model.name for each in models}


def test_models_of_an_ordinary_stack_are_one_part() -> None:
    assert [(number, len(part)) for number, part in parts_of(named(MOST_TOGETHER)).items()] == [(0, MOST_TOGETHER)]


def test_every_model_of_many_is_in_one_part_whatever_their_order() -> None:
    models = named(500)
    parts = {number: names(part) for number, part in parts_of(models).items()}
    assert sorted(name for part in parts.values() for name in part) == sorted(names(models))
    assert max(map(len, parts.values())) < 2 * MOST_TOGETHER
    assert {number: names(part) for number, part in parts_of([*reversed(models)]).items()} == parts


def test_one_model_more_leaves_the_others_in_their_part_or_halves_all_parts() -> None:
    models = named(2 * MOST_TOGETHER + 1)
    before, after, halved = (
        {number: names(part) for number, part in parts_of(models[: 2 * MOST_TOGETHER + more]).items()}
        for more in (-1, 0, 1)
    )
    assert before.keys() == after.keys() == {0, 1}
    assert all(before[number] <= after[number] for number in before)
    assert halved.keys() == {0, 1, 2, 3}
    assert all(after[number] <= halved[number] | halved[number + 2] for number in after)


def test_the_longest_names_are_no_more_than_the_operator_takes() -> None:
    promise = Objective(availability_percent=99.5, latency_p95_milliseconds=200)
    models = [
        service_args(model(f"m{number:03}".ljust(MODEL_NAME_CHARACTERS, "x"), objective=promise), **_WATCHED)
        for number in range(int(1.5 * MOST_TOGETHER))
    ]
    spec = rules_spec(groups_of_models(models, "models"), "models", MONITORING)
    assert len(json.dumps(spec)) < LARGEST_FILE_BYTES


def test_prometheus_can_tell_the_rules_of_a_group_apart_that_have_to_last() -> None:
    """By name and labels it knows, when expressions change, how long each has been true."""
    for group in rules_spec(groups_of_models(SERVED, "models"), "models", MONITORING)["groups"]:
        lasting = [
            (rule["alert"], *rule["labels"].values()) for rule in group["rules"] if rule.get("for", "0m") != "0m"
        ]
        assert len(lasting) == len(set(lasting))
