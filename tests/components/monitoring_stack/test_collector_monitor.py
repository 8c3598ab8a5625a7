"""Prometheus finds the collectors of logs where there are any, with the node that each is on."""

from tests.components.logging_stack.kept_logs import LOGGING
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING, manifests, of_kind
from tests.settings.test_settings_logging import IMAGE

LOGGED = {**IMAGE, "logging": {**LOGGING}, "monitoring": MONITORING}
NAME = "monitoring-collector"


def test_a_collector_is_selected_and_declares_the_port() -> None:
    made = [*manifests(LOGGED)]
    spec = of_kind("PodMonitor", made)[NAME]["spec"]
    pod = of_kind("DaemonSet", made)["logs-collector"]
    assert spec["namespaceSelector"] == {"matchNames": [pod["metadata"]["namespace"]]}
    template = pod["spec"]["template"]
    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    (endpoint,), (container,) = spec["podMetricsEndpoints"], template["spec"]["containers"]
    assert endpoint["port"] in [port["name"] for port in container["ports"]]
    assert endpoint["relabelings"] == [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}]
    # The alerts know it by this name.
    assert container["name"] == "collector"


def test_the_rules_are_of_the_namespace_of_the_logs() -> None:
    made = [*manifests({**LOGGED, "logging": {**LOGGING, "namespace": "records"}})]
    groups = of_kind("PrometheusRule", made)["monitoring"]["spec"]["groups"]
    (logs,) = (each["rules"] for each in groups if each["name"] == "logs")
    assert {'namespace="records"' in rule["expr"] for rule in logs} == {True}
    # As those of all other rules, by which Alertmanager tells whose an alert is.
    assert {rule["labels"]["namespace"] for rule in logs} == {"models-dev"}


def test_without_logs_there_is_none_of_it() -> None:
    made = [*manifests({"monitoring": MONITORING})]
    assert NAME not in of_kind("PodMonitor", made)
    groups = of_kind("PrometheusRule", made)["monitoring"]["spec"]["groups"]
    assert "logs" not in [each["name"] for each in groups]
