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
from tests.components.models import KEDA, MODELS, SCALINGS, model, service_args
from tests.components.monitoring_stack.ill_models import MINUTE, SCENES
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
        ("loaded", {"scaling": SCALINGS["peak"]}),
        ("late", {"load_timeout_seconds": 86_400}),
    )
]
TEAMS = {"strict": "search"}


def shared(models: Sequence[ModelServiceArgs]) -> Sequence[Rule]:
    """What is said of all of them in rules that they share, after what these read of the stack."""
    made = [*groups_of_stack(models, "models", MONITORING), *groups_of_models(models, "models")]
    return [rule for group in rules_spec(made, "models", MONITORING)["groups"] for rule in group["rules"]]


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
        "ModelServerDown": 4,
        "ModelMetricsMissing": 3,
        "ModelMemoryHigh": 2,
        "ModelReplicasAtMaximum": 3,
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
