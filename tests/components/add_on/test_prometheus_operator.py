"""What the chart kube-prometheus-stack is given, held to the keys that its versions have: Helm ignores all others."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import prometheus_operator
from settings.cluster.dashboards import Dashboards
from settings.cluster.monitoring_installation import OLDEST
from tests.components.add_on.installed_monitoring import DIGEST, EVERYTHING, IMAGES, monitoring, servers

RECORDED: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "chart_keys.yaml").read_text(encoding="utf-8")
)
# What is below these is Kubernetes' or Grafana's own, and not the chart's.
FREE = {"resources", "securityContext", "datasources", "grafana.ini", "global"}


def values(**installation: Any) -> Mapping[str, Any]:
    (release,) = prometheus_operator("models", servers(monitoring(**installation))).releases
    return release.values


def paths(given: Mapping[str, Any], below: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in given.items():
        if isinstance(value, Mapping) and key not in FREE:
            yield from paths(value, (*below, key))
        else:
            yield (*below, key)


def unknown(given: Mapping[str, Any], version: str) -> list[str]:
    """The values, or the mappings that they are in, that a version of the chart does not have."""
    recorded = RECORDED[version]
    return [
        ".".join(path)
        for path in paths(given)
        if any(key not in recorded.get(".".join(path[:at]) or ".", ()) for at, key in enumerate(path))
    ]


@pytest.mark.parametrize("version", RECORDED)
@pytest.mark.parametrize("installation", [{}, EVERYTHING], ids=["defaults", "everything set"])
def test_the_chart_knows_every_value(version: str, installation: Mapping[str, Any]) -> None:
    assert unknown(values(**installation), version) == []


@pytest.mark.parametrize("key", ["prometheusOperater", "grafana.sidecar.dashboards.searchNamespaces"])
def test_a_value_that_the_chart_does_not_know_is_found(key: str) -> None:
    given: Any = "x"
    for part in reversed(key.split(".")):
        given = {part: given}
    assert unknown(given, "88.5.3") == [key]


def test_the_oldest_chart_that_is_accepted_is_one_of_the_recorded() -> None:
    assert min(tuple(map(int, version.split(".")[:2])) for version in RECORDED) == OLDEST


def images(given: Any) -> Iterator[Mapping[str, str]]:
    if isinstance(given, Mapping):
        if "repository" in given:
            yield given
        for value in given.values():
            yield from images(value)


def test_every_image_is_one_of_the_settings_by_digest() -> None:
    found = {
        f"{each['registry']}/{each['repository']}" + (f":{each['tag']}" if "tag" in each else "")
        for each in images(values())
    }
    assert found == {
        image.partition("@")[0] for key, image in IMAGES.items() if key not in ("prometheus", "alertmanager")
    }
    assert {each["sha"].removeprefix("sha256:") for each in images(values())} == {DIGEST.removeprefix("sha256:")}
    # templates/_helpers.tpl of kube-state-metrics writes what it is given, the other charts write "sha256:" themselves.
    assert values()["kube-state-metrics"]["image"]["sha"] == DIGEST


def test_a_registry_with_a_port_is_no_tag() -> None:
    image = f"registry.example:5000/a/operator@{DIGEST}"
    found = values(images={**IMAGES, "operator": image})["prometheusOperator"]["image"]
    assert found == {"registry": "registry.example:5000", "repository": "a/operator", "sha": DIGEST.partition(":")[2]}


def test_prometheus_alertmanager_and_rules_are_the_stacks_own() -> None:
    found = values()
    assert (found["prometheus"], found["alertmanager"]) == ({"enabled": False}, {"enabled": False})
    assert found["defaultRules"] == {"create": False}


def test_the_operator_makes_pods_in_its_own_namespace_alone() -> None:
    operator = values()["prometheusOperator"]
    instances = {key: found for key, found in operator.items() if key.endswith("InstanceNamespaces")}
    assert [*instances.values()] == [["monitoring"]] * 3
    assert operator["alertmanagerConfigNamespaces"] == ["models"]


def test_grafana_and_kube_state_metrics_read_no_secrets() -> None:
    found = values()
    assert found["grafana"]["rbac"] == {"create": False}
    assert not {"secrets", "configmaps"} & {*found["kube-state-metrics"]["collectors"]}


def test_grafana_shows_dashboards_of_the_models_namespace() -> None:
    dashboards = values()["grafana"]["sidecar"]["dashboards"]
    assert dashboards["searchNamespace"] == ["models", "monitoring"]
    assert (dashboards["label"], dashboards["labelValue"]) == ("grafana_dashboard", "1")


def test_grafana_finds_dashboards_and_their_data_as_the_settings_name_them() -> None:
    shown = Dashboards(labels={"dashboards": "models"}, datasource="Models")
    of = monitoring().model_copy(update={"dashboards": shown})
    (release,) = prometheus_operator("models", servers(of)).releases
    grafana = release.values["grafana"]
    dashboards = grafana["sidecar"]["dashboards"]
    assert (dashboards["label"], dashboards["labelValue"]) == ("dashboards", "models")
    (source,) = grafana["datasources"]["datasources.yaml"]["datasources"]
    assert (source["name"], source["isDefault"]) == ("Models", True)
    assert source["jsonData"] == {"timeInterval": "30s"}


def test_credentials_of_registries_are_for_every_chart() -> None:
    args = replace(servers(monitoring()), pull_secrets=["registry"])
    (release,) = prometheus_operator("models", args).releases
    assert release.values["global"] == {"imagePullSecrets": [{"name": "registry"}]}
    assert "global" not in values()
