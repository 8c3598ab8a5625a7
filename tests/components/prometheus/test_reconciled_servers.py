"""A real prometheus-operator makes pods and a configuration of the stack's Prometheus and Alertmanager.

Nothing runs in simulated pods: what is proved ends at pods that Pod Security's restricted profile admits, and at what
they would be started with.
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from kubernetes import client

from components import Prometheus
from components.closed_namespaces import enforced
from inferencectl.deployer import Deployer, plain_objects
from inferencectl.program.recording import record
from inferencectl.sandbox.controllers import PrometheusOperator
from tests.components.add_on.installed_monitoring import IMAGES, INSTALLATION, monitoring, servers
from tests.inferencectl.rest import Rest
from tests.waiting import soon

pytestmark = pytest.mark.slow("an operator on a control plane, and what it makes of two objects")

OWN, MODELS, ELSEWHERE = "installed", "installed-models", "installed-elsewhere"
ENDPOINT = {"port": "http", "path": "/metrics"}


def monitor(kind: str, namespace: str, endpoints: str) -> Mapping[str, Any]:
    spec = {"selector": {}, endpoints: [ENDPOINT]}
    metadata = {"name": "any", "namespace": namespace}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": metadata, "spec": spec}


def rule(namespace: str) -> Mapping[str, Any]:
    groups = [{"name": "any", "rules": [{"alert": f"Of{namespace.title()}", "expr": "vector(1)"}]}]
    metadata = {"name": "any", "namespace": namespace}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": {"groups": groups},
    }


@pytest.fixture(scope="module")
def rest(prometheus_operator: PrometheusOperator, api_client: client.ApiClient) -> Iterator[Rest]:
    """The API server, once the operator has seen the servers and what they may and may not select."""
    rest = Rest(api_client)
    for namespace, labels in ((OWN, enforced("restricted")), (MODELS, {}), (ELSEWHERE, {})):
        rest.post("/api/v1/namespaces", {"metadata": {"name": namespace, "labels": dict(labels)}})
    for namespace in (MODELS, ELSEWHERE):
        path = f"/apis/monitoring.coreos.com/v1/namespaces/{namespace}"
        rest.post(f"{path}/podmonitors", monitor("PodMonitor", namespace, "podMetricsEndpoints"))
        rest.post(f"{path}/servicemonitors", monitor("ServiceMonitor", namespace, "endpoints"))
        rest.post(f"{path}/prometheusrules", rule(namespace))

    def program() -> None:
        named = {**INSTALLATION["prometheus"], "externalLabels": {"cluster": "one"}}
        args = servers(monitoring(OWN, prometheus=named, protect=False), MODELS)
        Prometheus("prometheus", replace(args, sources=(), control_plane=None))

    deployer = Deployer(api_client, OWN)
    deployer.deploy(plain_objects(record(program, project="inference", stack="test")), lambda _: None)
    yield rest
    deployer.destroy(lambda _: None)
    for namespace in (OWN, MODELS, ELSEWHERE):
        rest.delete(f"/api/v1/namespaces/{namespace}")


def secret(rest: Rest, name: str, key: str) -> Any:
    (found,) = soon(
        lambda: [each for each in [rest.items(f"/api/v1/namespaces/{OWN}/secrets").get(name)] if each], name
    )
    return yaml.safe_load(gzip.decompress(base64.b64decode(found["data"][key])))


def pods(rest: Rest, name: str) -> list[Mapping[str, Any]]:
    def found() -> list[Mapping[str, Any]]:
        made = rest.get(f"/api/v1/namespaces/{OWN}/pods")["items"]
        own = [each for each in made if each["metadata"]["labels"].get("app.kubernetes.io/name") == name]
        return own if len(own) == 2 else []

    return soon(found, f"two pods of {name}")


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_restricted_pods_of_the_image_that_is_set_are_admitted(rest: Rest, name: str) -> None:
    for pod in pods(rest, name):
        images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
        assert images[name] == IMAGES[name]
        assert pod["spec"]["serviceAccountName"] == name
    account = rest.get(f"/api/v1/namespaces/{OWN}/serviceaccounts/{name}")
    assert account["automountServiceAccountToken"] is False


def test_it_scrapes_what_pod_monitors_of_both_namespaces_select_and_no_files_are_named_by_others(rest: Rest) -> None:
    def jobs() -> set[str]:
        configuration = secret(rest, "prometheus-prometheus", "prometheus.yaml.gz")
        return {each["job_name"] for each in configuration["scrape_configs"]}

    wanted = {f"podMonitor/{MODELS}/any/0", f"podMonitor/{OWN}/own-pods/0"}
    soon(lambda: wanted <= jobs(), "both are scraped")
    assert jobs() == wanted


def test_rules_are_those_of_the_models_namespace(rest: Rest) -> None:
    def rules() -> str:
        maps = rest.items(f"/api/v1/namespaces/{OWN}/configmaps")
        return json.dumps([each.get("data") for name, each in maps.items() if "rulefiles" in name])

    soon(lambda: "OfInstalled-Models" in rules(), "the rules are written")
    assert "OfInstalled-Elsewhere" not in rules()


def test_alerts_go_to_its_alertmanager_and_say_where_they_come_from(rest: Rest) -> None:
    configuration = secret(rest, "prometheus-prometheus", "prometheus.yaml.gz")
    assert configuration["global"]["external_labels"]["cluster"] == "one"
    (told,) = configuration["alerting"]["alertmanagers"]
    (discovery,) = told["kubernetes_sd_configs"]
    assert discovery["namespaces"]["names"] == [OWN]


def test_it_is_started_with_what_the_settings_bound(rest: Rest) -> None:
    containers = pods(rest, "prometheus")[0]["spec"]["containers"]
    (server,) = (each for each in containers if each["name"] == "prometheus")
    assert {"--storage.tsdb.retention.time=35d", "--storage.tsdb.retention.size=92160MiB"} <= {*server["args"]}
