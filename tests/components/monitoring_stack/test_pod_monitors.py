"""Prometheus finds every pod of every model once, at the port and path where metrics are served."""

import re
from typing import Any

import pytest

from components.model_service.args import ModelServiceArgs
from components.model_service.manifests.metrics import own_metrics
from components.monitoring_stack.manifests import pod_monitor_spec
from tests.components.models import RUNTIME_EXAMPLES, model, service_args
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING as OF_STACK
from tests.components.monitoring_stack.stack_of_monitoring import Manifest, manifests, of_kind
from tests.components.service_mesh.stack_of_mesh import EDITS as MESHED
from tests.components.watched import MONITORING, meshed_model


def served(runtime: str) -> ModelServiceArgs:
    return service_args(model(**RUNTIME_EXAMPLES[runtime]), monitoring=MONITORING)


def endpoint(args: ModelServiceArgs) -> dict[str, Any]:
    (only,) = pod_monitor_spec(args, MONITORING)["podMetricsEndpoints"]
    return only


def pods(made: list[Manifest]) -> list[Manifest]:
    return [
        workload["spec"]["template"]
        for kind in ("Deployment", "StatefulSet")
        for workload in of_kind(kind, made).values()
        if workload["spec"]["template"]["metadata"]["labels"].get("app.kubernetes.io/component") == "model-server"
    ]


def test_a_stack_without_monitoring_has_nothing_of_it() -> None:
    made = manifests({})
    assert not [each for each in made if each["apiVersion"].startswith("monitoring.coreos.com")]


@pytest.mark.parametrize("edits", [{}, MESHED], ids=["plain", "mesh"])
def test_each_pod_is_selected_once_and_declares_the_port(edits: dict[str, Any]) -> None:
    made = [*manifests({**edits, "monitoring": OF_STACK})]
    monitors = of_kind("PodMonitor", made).values()
    for pod in pods(made):
        labels = pod["metadata"]["labels"]
        (spec,) = (
            each["spec"] for each in monitors if each["spec"]["selector"]["matchLabels"].items() <= labels.items()
        )
        (scraped,) = spec["podMetricsEndpoints"]
        names = [port["name"] for container in pod["spec"]["containers"] for port in container["ports"]]
        assert names.count(scraped["port"]) == 1
    assert all(each["metadata"]["labels"]["release"] == "prometheus" for each in monitors)


# The documentation of each runtime: components/model_service/runtimes/.
@pytest.mark.parametrize(
    ("runtime", "port", "number", "path"),
    [
        ("tensorflow-serving", "http", 8501, "/monitoring/prometheus/metrics"),
        ("triton", "metrics", 8002, "/metrics"),
        ("torchserve", "metrics", 8082, "/metrics"),
    ],
)
def test_the_port_and_path_are_those_of_the_runtime(runtime: str, port: str, number: int, path: str) -> None:
    args = served(runtime)
    assert (endpoint(args)["port"], endpoint(args)["path"]) == (port, path)
    assert own_metrics(args.served[0]).port == number


def test_in_a_mesh_the_agents_port_takes_the_place_of_the_servers() -> None:
    scraped = endpoint(meshed_model())
    assert (scraped["port"], scraped["path"]) == ("http", "/stats/prometheus")
    *_, rule = scraped["relabelings"]
    assert (rule["sourceLabels"], rule["targetLabel"]) == (["__address__"], "__address__")
    for address, moved in (("10.0.0.7:8501", "10.0.0.7:15020"), ("[fd00::7]:8501", "[fd00::7]:15020")):
        found = re.fullmatch(rule["regex"], address)
        assert found
        assert found.expand(rule["replacement"].replace("$", "\\")) == moved


def test_two_labels_are_added_and_none_that_a_server_has() -> None:
    added = [rule["targetLabel"] for rule in endpoint(served("triton"))["relabelings"]]
    assert added == ["inference_model", "inference_version"]


def test_a_scrape_is_bounded() -> None:
    spec = pod_monitor_spec(served("triton"), MONITORING)
    assert (spec["sampleLimit"], spec["labelLimit"]) == (20_000, 64)


def let_in(policy: Manifest) -> set[tuple[str, int]]:
    return {
        (peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
        if "kubernetes.io/metadata.name" in peer.get("namespaceSelector", {}).get("matchLabels", {})
        for port in rule["ports"]
    }


def test_the_network_policies_let_the_scraper_in() -> None:
    policies = of_kind("NetworkPolicy", manifests({"monitoring": OF_STACK}))
    assert ("monitoring", 8501) in let_in(policies["iris"])
    assert ("monitoring", 8501) not in let_in(of_kind("NetworkPolicy", manifests({}))["iris"])
    meshed = of_kind("NetworkPolicy", manifests({**MESHED, "monitoring": {"scraperNamespace": "other"}}))
    assert {("monitoring", 15020), ("other", 15020)} <= let_in(meshed["public"])
