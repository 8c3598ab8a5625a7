"""A Prometheus that cannot be installed as it is set: named before anything is deployed, all at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from settings import load
from tests.components.add_on.installed_mesh import INSTALLATION as MESH
from tests.components.add_on.installed_monitoring import EVERYTHING, IMAGES, INSTALLATION, REMOTE_WRITE
from tests.settings.meshed_stack import PARTNER, SHOP, of_mesh
from tests.settings.settings_stack import edited, problems

AT = ".monitoring.installation"
HOOK = "https://hook.example/alerts"
OWN = "expected a namespace of its own, which the stack makes; a Prometheus that is there already needs no installation"


def installed(monitoring: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "monitoring": {
            "scraperNamespace": "monitoring",
            "installation": {**INSTALLATION, **fields},
            **(monitoring or {}),
        }
    }


def server(**fields: Any) -> dict[str, Any]:
    return installed(prometheus={**INSTALLATION["prometheus"], **fields})


def without(section: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in section.items() if name != key}


def imaged(name: str, tag: str) -> dict[str, Any]:
    before, _, digest = IMAGES[name].partition("@")
    return installed(images={**IMAGES, name: f"{before.rpartition(':')[0]}{tag}@{digest}"})


@pytest.mark.parametrize("fields", [{}, EVERYTHING], ids=["defaults", "everything set"])
def test_what_can_be_installed(fields: Mapping[str, Any]) -> None:
    found = load("dev", edited(installed(**fields))).monitoring
    assert found
    assert found.installation


def test_nothing_is_installed_by_default() -> None:
    found = load("dev", edited({"monitoring": {"scraperNamespace": "monitoring"}})).monitoring
    assert found
    assert found.installation is None


CASES: Mapping[str, tuple[dict[str, Any], str]] = {
    "an old chart": (
        installed(version="78.5.0"),
        (
            f'{AT}.version: "78.5.0", whose Grafana has a password that everybody knows; expected at least 79.0; a '
            "Prometheus that is already installed needs no installation here"
        ),
    ),
    "a range": (installed(version="^88.0.0"), f'{AT}.version: "^88.0.0"; expected one exact version'),
    "no folder": (installed(charts="vendor/charts"), f'{AT}.charts: "vendor/charts", which has no chart'),
    "no class of storage": (
        {"monitoring": {"scraperNamespace": "monitoring", "installation": without(INSTALLATION, "storageClass")}},
        f"{AT}.storageClass: missing",
    ),
    "no size": (installed(prometheus={}), f"{AT}.prometheus.volume: missing"),
    "a size without unit": (server(volume=100), f"{AT}.prometheus.volume: 100; expected bytes with their unit"),
    "no networks": (installed(cidrs=[]), f"{AT}.cidrs: an empty list; expected at least one entry"),
    "every address": (
        installed(cidrs=["0.0.0.0/0"]),
        f'{AT}.cidrs[0]: "0.0.0.0/0"; expected a network no wider than /8',
    ),
    "no pods": (server(replicas=0), f"{AT}.prometheus.replicas: 0; expected at least 1"),
    "no pods of Alertmanager": (
        installed(alertmanager={"replicas": 0}),
        f"{AT}.alertmanager.replicas: 0; expected at least 1",
    ),
    "a part of the series in each": (server(shards=3), f"{AT}.prometheus.shards: "),
    "no retention": (server(retentionDays=0), f"{AT}.prometheus.retentionDays: 0; expected at least 2"),
    "no credentials": (
        server(remoteWrite=without(REMOTE_WRITE, "credentialsSecret")),
        f"{AT}.prometheus.remoteWrite.credentialsSecret: missing",
    ),
    "credentials in the address": (
        server(remoteWrite={**REMOTE_WRITE, "url": "https://me:word@metrics.example/write"}),
        f'{AT}.prometheus.remoteWrite.url: "https://...@metrics.example/write"; expected an https URL without',
    ),
    "plain text": (
        server(remoteWrite={**REMOTE_WRITE, "url": "http://metrics.example/write"}),
        f'{AT}.prometheus.remoteWrite.url: "http://metrics.example/write"; expected an https URL',
    ),
    "no networks of the store": (
        server(remoteWrite={**REMOTE_WRITE, "cidrs": []}),
        f"{AT}.prometheus.remoteWrite.cidrs: an empty list; expected at least one entry",
    ),
    "no connections": (
        server(remoteWrite={**REMOTE_WRITE, "connections": 0}),
        f"{AT}.prometheus.remoteWrite.connections: 0; expected at least 1",
    ),
    "a label of alerts": (
        server(externalLabels={"severity": "none"}),
        f'{AT}.prometheus.externalLabels.severity: "severity"; expected a label such as cluster',
    ),
    "an image without digest": (
        installed(images={**IMAGES, "grafana": "registry.example/monitoring/grafana:13.2.0"}),
        f"{AT}.images.grafana: ",
    ),
    "no image": (installed(images=without(IMAGES, "operator")), f"{AT}.images.operator: missing"),
    "a tag that is no version": (
        imaged("alertmanager", ":latest"),
        "whose tag is no version; expected a tag such as v3.5.0: the operator writes the configuration of that version",
    ),
    "an old Prometheus": (
        imaged("prometheus", ":v2.41.0"),
        "does not know all that the alerts use; expected at least v2.42",
    ),
    "namespaces of the cluster": (
        installed({"scraperNamespace": "kube-public"}),
        f".monitoring.scraperNamespace: 'kube-public', also a namespace of the cluster; {OWN}",
    ),
    "the models' namespace": (
        installed({"scraperNamespace": "models-dev"}),
        f".monitoring.scraperNamespace: 'models-dev', also a namespace of the models; {OWN}",
    ),
    "an exporter in a namespace that the stack closes": (
        installed(sources={"keda": "monitoring"}),
        f"{AT}.sources.keda: 'monitoring', the namespace of Prometheus; expected where the exporter is",
    ),
    "an exporter among the models": (
        installed(sources={"certManager": "models-dev"}),
        f"{AT}.sources.certManager: 'models-dev', the namespace of the models; expected where the exporter is",
    ),
    "scaled by fewer scrapes than there are": (
        {
            **installed({"scrapeIntervalSeconds": 60}),
            "autoscaling": {"prometheus": "http://prometheus.monitoring:9090", "scraperNamespace": "monitoring"},
        },
        ".monitoring.scrapeIntervalSeconds: 60, of the Prometheus that models are scaled by; expected at most 15",
    ),
    "an objective that outlives its series": (
        {**server(retentionDays=30), "models.1.objective": {"availabilityPercent": 99.9}},
        f"{AT}.prometheus.retentionDays: 30, and model 'iris' has an objective over 30 days; expected more than 30",
    ),
    "receivers that nothing reaches": (
        installed({"alerting": {"receivers": [{"name": "hook", "type": "webhook", "url": HOOK}], "default": ["hook"]}}),
        f"{AT}.alertmanager.cidrs: missing; expected the networks of the receivers in alerting",
    ),
    "an API server that it may not find": (
        installed({"apiServer": True}),
        (
            ".monitoring.apiServer: true, with an installation; expected false: it is found in the default namespace, "
            "where the stack makes nothing, no rights either; a Prometheus that is installed without the stack may"
        ),
    ),
    "a misspelt key": (server(retention=30), f"{AT}.prometheus.retention: "),
}


@pytest.mark.parametrize("case", CASES)
def test_a_finding_names_what_to_change(case: str) -> None:
    edits, expected = CASES[case]
    (found,) = problems(edits)
    assert expected in found


OTHERS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "a caller": (of_mesh(callers=[{**SHOP, "namespace": "taken"}, PARTNER]), "the caller shop"),
    "the mesh": (of_mesh(controlPlaneNamespace="taken"), "the mesh"),
    "the gateway": ({"gateway.namespace": "taken"}, "the gateway"),
    "the ingress": ({"ingress": {"namespace": "taken", "hostname": "models.example"}}, "the ingress"),
    "the nodes' software": ({"gpuSoftware": {"source": "present", "namespace": "taken"}}, "gpuSoftware"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_installed_has_a_namespace_of_its_own(other: str) -> None:
    edits, owner = OTHERS[other]
    taken = {"scraperNamespace": "taken"}
    (found,) = problems({**edits, **installed(taken)})
    assert f".monitoring.scraperNamespace: 'taken', also a namespace of {owner}; {OWN}" in found
    assert load("dev", edited({**edits, "monitoring": taken})).monitoring


def test_an_installed_mesh_says_the_same_once() -> None:
    mesh = {**of_mesh(installation=MESH, controlPlaneNamespace="taken"), **installed({"scraperNamespace": "taken"})}
    (found,) = problems(mesh)
    assert ".mesh.controlPlaneNamespace: 'taken', also a namespace of monitoring" in found


def test_models_may_be_scaled_by_the_same_prometheus() -> None:
    autoscaling = {"prometheus": "http://prometheus.monitoring:9090", "scraperNamespace": "monitoring"}
    assert load("dev", edited({**installed({"scrapeIntervalSeconds": 15}), "autoscaling": autoscaling})).monitoring


def test_one_pod_of_each_is_too_few_in_prod() -> None:
    one = {"prometheus": {"volume": "10Gi", "replicas": 1}, "alertmanager": {"replicas": 1}}
    found = problems(installed(**one), "prod")
    assert found == [
        f"{AT}.{name}.replicas: 1; expected at least 2 in prod: nobody is told while there is none"
        for name in ("prometheus", "alertmanager")
    ]


def test_a_chart_in_the_checkout_is_of_the_version_that_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vendor" / "kube-prometheus-stack").mkdir(parents=True)
    (tmp_path / "vendor" / "kube-prometheus-stack" / "Chart.yaml").write_text("version: 88.5.2\n")
    (found,) = problems(installed(charts="vendor"))
    assert found == f'{AT}.version: "88.5.3"; expected "88.5.2", the version of vendor/kube-prometheus-stack'
