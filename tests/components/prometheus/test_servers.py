"""The Prometheus and the Alertmanager that the stack installs, as their operator reads them."""

from typing import Any

import pytest

from components.prometheus.manifests.monitors import control_plane_spec, own_pods_spec, source_spec
from components.prometheus.manifests.servers import alertmanager_spec, prometheus_spec
from tests.components.add_on.installed_monitoring import (
    EVERYTHING,
    IMAGES,
    INSTALLATION,
    REMOTE_WRITE,
    SOURCES,
    monitoring,
    servers,
)


def prometheus(**installation: Any) -> dict[str, Any]:
    return prometheus_spec(servers(monitoring(**installation)))


def alertmanager(**installation: Any) -> dict[str, Any]:
    return alertmanager_spec(servers(monitoring(**installation)))


def server(**fields: Any) -> dict[str, Any]:
    return prometheus(prometheus={**INSTALLATION["prometheus"], **fields})


def names(selector: Any) -> list[str]:
    (only,) = selector["matchExpressions"]
    assert (only["key"], only["operator"]) == ("kubernetes.io/metadata.name", "In")
    return only["values"]


def test_it_reads_what_the_stack_makes_by_its_namespace_whatever_its_labels() -> None:
    spec = prometheus()
    for kind in ("podMonitor", "serviceMonitor", "rule"):
        assert spec[f"{kind}Selector"] == {}
    assert names(spec["podMonitorNamespaceSelector"]) == ["models", "monitoring"]
    assert names(spec["ruleNamespaceSelector"]) == ["models"]
    assert not {"probeSelector", "scrapeConfigSelector"} & spec.keys()


def test_a_monitor_that_may_name_files_of_its_pod_comes_from_its_own_namespace() -> None:
    assert names(prometheus()["serviceMonitorNamespaceSelector"]) == ["monitoring"]


def test_alerts_go_to_every_pod_of_alertmanager() -> None:
    assert prometheus()["alerting"] == {
        "alertmanagers": [{"namespace": "monitoring", "name": "alertmanager-operated", "port": "web"}]
    }


def test_routes_are_those_of_the_models_namespace_and_for_its_alerts() -> None:
    spec = alertmanager()
    assert spec["alertmanagerConfigSelector"] == {}
    assert names(spec["alertmanagerConfigNamespaceSelector"]) == ["models"]
    assert spec["alertmanagerConfigMatcherStrategy"] == {"type": "OnNamespace"}
    assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("volume", "kept"), [("100Gi", "92160MiB"), ("10Gi", "9216MiB"), ("1Ti", "943718MiB"), ("1G", "858MiB")]
)
def test_the_volume_is_never_full(volume: str, kept: str) -> None:
    assert server(volume=volume)["retentionSize"] == kept


def test_the_operator_writes_the_configuration_of_the_version_that_runs() -> None:
    for spec, image in ((prometheus(), IMAGES["prometheus"]), (alertmanager(), IMAGES["alertmanager"])):
        assert spec["image"] == image
        assert f":{spec['version']}@" in image


@pytest.mark.parametrize("spec", [prometheus(), alertmanager()], ids=["prometheus", "alertmanager"])
def test_its_pods_are_restricted_and_spread_and_their_volumes_stay(spec: dict[str, Any]) -> None:
    security = spec["securityContext"]
    assert (security["runAsNonRoot"], security["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert 0 not in (security["runAsUser"], security["runAsGroup"])
    assert spec["resources"]["limits"]["memory"] == spec["resources"]["requests"]["memory"]
    (spread,) = spec["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert {*spec["persistentVolumeClaimRetentionPolicy"].values()} == {"Retain"}
    assert spec["storage"]["volumeClaimTemplate"]["spec"]["storageClassName"] == "encrypted"


def test_everything_that_is_set_arrives() -> None:
    spec, told = prometheus(**EVERYTHING), alertmanager(**EVERYTHING)
    assert (spec["replicas"], spec["retention"], spec["externalLabels"]) == (3, "60d", {"cluster": "one"})
    assert spec["resources"]["requests"] == {"cpu": "2", "memory": "8Gi"}
    assert (told["replicas"], told["resources"]["requests"]) == (3, {"cpu": "50m", "memory": "128Mi"})


def test_the_store_is_sent_to_with_credentials_of_a_secret_and_within_bounds() -> None:
    (write,) = prometheus(**EVERYTHING)["remoteWrite"]
    assert write["url"] == REMOTE_WRITE["url"]
    assert write["basicAuth"] == {
        "username": {"name": "metrics-store", "key": "username"},
        "password": {"name": "metrics-store", "key": "password"},
    }
    assert (write["queueConfig"]["maxShards"], write["queueConfig"]["capacity"]) == (4, 10_000)
    assert "remoteWrite" not in prometheus()


def test_sources_say_themselves_what_a_series_is_about() -> None:
    for source in SOURCES:
        spec = source_spec(source, monitoring())
        (scraped,) = spec["podMetricsEndpoints"]
        assert (scraped["honorLabels"], scraped["port"], scraped["path"]) == (True, source.port, "/metrics")
        assert spec["namespaceSelector"] == {"matchNames": [source.namespace]}
        assert spec["selector"] == {"matchLabels": source.labels}


def test_every_scrape_is_bounded() -> None:
    of = monitoring()
    for spec in (own_pods_spec(of), source_spec(SOURCES[0], of), control_plane_spec("istio-system", of)):
        assert (spec["sampleLimit"], spec["labelLimit"]) == (20_000, 64)
