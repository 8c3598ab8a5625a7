"""A real prometheus-operator makes our objects into a configuration, by which a real Prometheus finds every server.

The servers are stand-ins that speak the real names; every rule then has data, or says what it lacks.
"""

import json
import re
from typing import Any

import pytest

from tests.components.monitoring_stack.promtool import rules
from tests.components.monitoring_stack.reconciled.exporters import COMPONENT_LABEL, NAME_LABEL, place_of
from tests.components.monitoring_stack.reconciled.rig import Manifest, Reconciled, job_of
from tests.components.monitoring_stack.reconciled.stacks import MESH, PLAIN, RUNTIMES
from tests.components.watched import watched_models
from tests.waiting import soon

LEAST_QUERIES = 50
SUBQUERY = re.compile(r":\w+\]")


def targets(reconciled: Reconciled) -> list[Manifest]:
    return reconciled.get("targets", state="active")["activeTargets"]


def scraped(reconciled: Reconciled, namespace: str, *components: str) -> list[Manifest]:
    return [
        pod
        for pod in reconciled.seen.pods
        if pod["metadata"]["namespace"] == namespace and pod["metadata"]["labels"].get(COMPONENT_LABEL) in components
    ]


@pytest.mark.parametrize("namespace", [PLAIN, MESH])
def test_every_server_is_scraped_once_where_it_answers(reconciled: Reconciled, namespace: str) -> None:
    wanted = [
        f"http://{pod['status']['podIP']}:{port}{path}"
        for pod in scraped(reconciled, namespace, "model-server", "model-sampler")
        for port, path in [place_of(pod)]
    ]
    assert wanted

    def healthy() -> bool:
        found = [each["scrapeUrl"] for each in of_models() if each["health"] == "up"]
        return sorted(found) == sorted(wanted)

    def of_models() -> list[Manifest]:
        return [each for each in targets(reconciled) if each["labels"].get("namespace") == namespace]

    soon(healthy, f"each of {wanted} is scraped, and nothing else")
    assert len(of_models()) == len(wanted)


def test_every_pod_monitor_has_targets_and_no_address_is_scraped_twice(reconciled: Reconciled) -> None:
    found = targets(reconciled)
    assert {job_of(each) for each in reconciled.seen.objects["PodMonitor"]} <= {each["scrapePool"] for each in found}
    addresses = [each["scrapeUrl"] for each in found]
    assert len(addresses) == len(set(addresses))


def test_the_series_say_which_model_and_version_they_are_of_and_keep_their_own_labels(reconciled: Reconciled) -> None:
    soon(lambda: reconciled.answer("nv_inference_request_success"), "Triton is scraped")
    for pod in (each for namespace in (PLAIN, MESH) for each in scraped(reconciled, namespace, "model-server")):
        labels, name = pod["metadata"]["labels"], pod["metadata"]["name"]
        series = soon(lambda name=name: reconciled.answer(f'up{{pod="{name}"}}'), f"{name} is scraped")
        (own,) = [each["metric"] for each in series]
        assert (own["inference_model"], own["inference_version"]) == (
            labels[NAME_LABEL],
            labels["app.kubernetes.io/version"],
        )
    triton = [each["metric"] for each in reconciled.answer("nv_inference_request_success")]
    assert {each["model"] for each in triton} == {name for name, of in RUNTIMES.items() if of == "triton"}
    assert all(each["model"] == each["inference_model"] for each in triton)
    assert not [each for each in triton if any(label.startswith("exported_") for label in each)]


def groups(reconciled: Reconciled) -> list[Manifest]:
    return reconciled.get("rules")["groups"]


def test_every_rule_is_evaluated_without_an_error(reconciled: Reconciled) -> None:
    def evaluated() -> bool:
        found = [rule for group in groups(reconciled) for rule in group["rules"]]
        return bool(found) and all(rule["health"] != "unknown" for rule in found)

    soon(evaluated, "every rule was evaluated")
    found = [rule for group in groups(reconciled) for rule in group["rules"]]
    assert [(rule["name"], rule["lastError"]) for rule in found if rule["health"] != "ok"] == []
    written = [
        rule.get("alert") or rule["record"]
        for manifest in reconciled.seen.objects["PrometheusRule"]
        for group in manifest["spec"]["groups"]
        for rule in group["rules"]
    ]
    assert sorted(rule["name"] for rule in found) == sorted(written)


def test_every_alert_and_recording_is_among_them(reconciled: Reconciled) -> None:
    names = {rule.get("alert") or rule["record"] for model in [*watched_models(), ""] for rule in rules(model)}
    assert {rule["name"] for group in groups(reconciled) for rule in group["rules"]} >= names


def expressions(reconciled: Reconciled) -> dict[str, str]:
    """All of the rules, with the names of one that has each."""
    return {rule["query"]: rule["name"] for group in groups(reconciled) for rule in group["rules"]}


def test_everything_that_a_rule_reads_has_an_answer(reconciled: Reconciled) -> None:
    waiting = expressions(reconciled)
    assert waiting

    def answered() -> bool:
        for query in [*waiting]:
            if not reconciled.without_answer(query):
                del waiting[query]
        return not waiting

    try:
        soon(answered, limit_seconds=60)
    except AssertionError:
        missing = {name: reconciled.without_answer(query) for query, name in waiting.items()}
        pytest.fail(f"rules that read what nobody exports: {missing}")


def test_every_recording_has_series(reconciled: Reconciled) -> None:
    recorded = {rule["name"] for group in groups(reconciled) for rule in group["rules"] if rule["type"] == "recording"}
    assert recorded
    soon(lambda: all(reconciled.answer(name) for name in recorded), f"each of {recorded} was recorded")


def shown(reconciled: Reconciled, namespace: str) -> list[tuple[str, str]]:
    """The dashboards of a stack: the title of each panel, and each of its queries for all models and versions."""
    dashboards: list[Any] = [
        json.loads(text)
        for config_map in reconciled.seen.objects["ConfigMap"]
        if config_map["metadata"]["namespace"] == namespace
        and "grafana_dashboard" in config_map["metadata"].get("labels", {})
        for text in config_map["data"].values()
    ]
    values: dict[str, str] = {"__rate_interval": "1m", "__range": "1h", "namespace": namespace}
    values |= {"version": "[0-9]+", "feature": ".+"}
    return [
        (panel["title"], re.sub(r"\$(\w+)", lambda found: values.get(found[1], found[0]), target["expr"]))
        for dashboard in dashboards
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


def test_every_query_of_every_dashboard_has_an_answer(reconciled: Reconciled) -> None:
    asked = [each for namespace in (PLAIN, MESH) for each in shown(reconciled, namespace)]
    # Whether an alert fires is no matter of what is exported; and a subquery of minutes looks at none of these seconds.
    waiting = {SUBQUERY.sub(":1s]", query): title for title, query in asked if "(ALERTS{" not in query}
    assert len(waiting) > LEAST_QUERIES

    def answered() -> bool:
        for query in [*waiting]:
            if any(reconciled.answer(query.replace("$model", model)) for model in RUNTIMES):
                del waiting[query]
        return not waiting

    try:
        soon(answered, limit_seconds=60)
    except AssertionError:
        pytest.fail(f"queries that nobody answers, by panels: {sorted(waiting.items(), key=lambda each: each[1])}")


@pytest.mark.parametrize(
    ("right", "wrong", "missing"),
    [
        ("kube_job_failed{", "kube_job_status_failed_total{", "kube_job_status_failed_total"),
        ('condition="true"', 'condition="yes"', "yes"),
        ("DCGM_FI_DEV_GPU_UTIL{", "DCGM_FI_DEV_GPU_UTILIZATION{", "DCGM_FI_DEV_GPU_UTILIZATION"),
        ('API=~"', 'api=~"', "api"),
    ],
)
def test_what_nobody_exports_is_found(reconciled: Reconciled, right: str, wrong: str, missing: str) -> None:
    queries = [query for query in expressions(reconciled) if right in query]
    assert queries
    for query in queries:
        assert any(missing in each for each in reconciled.without_answer(query.replace(right, wrong)))
