"""What Istio's own charts, rendered by Helm, make of the values that the platform gives them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.components.add_on.installed_mesh import EVERYTHING, IMAGES, add_on, mesh, named, pods, rendered

Rendered = Mapping[str, list[Mapping[str, Any]]]
Paths = Iterator[tuple[str, ...]]
# Istio's charts have no schema. Their defaults are below this key.
DEFAULTS = "_internal_defaults_do_not_set"
# What is below these is not the chart's, but Kubernetes' and the control plane's.
FREE = {"resources", "meshConfig"}


@pytest.fixture(scope="module")
def charts(helm: Path, istio_charts: Path, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return rendered(helm, istio_charts, mesh(), tmp_path_factory.mktemp("values"))


def paths(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> Paths:
    """Each value that is given, down to where the chart takes a mapping of any keys."""
    for key, value in values.items():
        known = defaults.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping) and known and key not in FREE:
            yield from ((key, *rest) for rest in paths(value, known))
        else:
            yield (key,)


def unknown(values: Mapping[str, Any], chart: Path) -> list[str]:
    """The values that are neither among the chart's defaults nor read by one of its templates."""
    stated = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    defaults = {**stated, **stated.get(DEFAULTS, {})}
    templates = "".join(file.read_text(encoding="utf-8") for file in chart.glob("templates/*"))
    return [
        ".".join(path)
        for path in paths(values, defaults)
        if not _is_default(path, defaults) and not _read(path, templates)
    ]


def _is_default(path: tuple[str, ...], defaults: Any) -> bool:
    for key in path:
        if not isinstance(defaults, Mapping) or key not in defaults:
            return False
        defaults = defaults[key]
    return True


def _read(path: tuple[str, ...], templates: str) -> bool:
    dotted = re.escape(".".join(path))
    dug = r"\s+".join(f'"{re.escape(key)}"' for key in path)
    return re.search(rf"\.Values\)?\.{dotted}\b|\bdig\s+{dug}", templates) is not None


@pytest.mark.parametrize("installation", [{}, EVERYTHING], ids=["defaults", "everything set"])
def test_the_charts_know_every_value(istio_charts: Path, installation: Mapping[str, Any]) -> None:
    releases = add_on(mesh({"trustDomain": "td.example"}, **installation), "registry").releases
    for release in releases:
        assert unknown(release.values, istio_charts / release.chart) == [], release.chart


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"replicas": 2}, ["replicas"]),
        ({"global": {"proxy": {"picture": "x"}}}, ["global.proxy.picture"]),
        ({"pilot": {"replicaCount": 2}}, ["pilot"]),
        ({"global": {"proxies": {"image": "x"}}}, ["global.proxies"]),
        ({"env": {"ANY": "1"}, "global": {"enableReaderRBAC": False}}, []),
    ],
)
def test_a_value_that_a_chart_does_not_know_is_found(
    istio_charts: Path, values: Mapping[str, Any], found: list[str]
) -> None:
    assert unknown(values, istio_charts / "istiod") == found


def test_every_image_is_the_one_of_the_settings_by_digest(charts: Rendered) -> None:
    run = {
        container["image"]
        for objects in charts.values()
        for _, spec in pods(objects)
        for container in (*spec["containers"], *spec.get("initContainers", ()))
    }
    assert run == {IMAGES["istiod"], IMAGES["cni"]}


def test_the_control_plane_is_as_large_as_it_is_set(helm: Path, istio_charts: Path, tmp_path: Path) -> None:
    made = rendered(helm, istio_charts, mesh(**EVERYTHING), tmp_path)["istiod"]
    deployment = named(made, "Deployment", "istiod")
    assert deployment["spec"]["replicas"] == 3
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    assert named(made, "PodDisruptionBudget", "istiod")["spec"]["minAvailable"] == 1
    assert not [each for each in made if each["kind"] == "HorizontalPodAutoscaler"]


def test_only_the_plug_in_takes_rights_on_its_node(charts: Rendered) -> None:
    paths_of_nodes = {
        (workload["kind"], workload["metadata"]["name"], workload["metadata"]["namespace"])
        for objects in charts.values()
        for workload, spec in pods(objects)
        if any("hostPath" in volume for volume in spec["volumes"])
    }
    assert paths_of_nodes == {("DaemonSet", "istio-cni-node", "istio-cni")}


def test_the_policies_of_the_charts_open_each_namespace_to_what_its_pods_need(charts: Rendered) -> None:
    opened = {
        (each["metadata"]["namespace"], port["port"])
        for objects in charts.values()
        for each in objects
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"]["ingress"]
        for port in rule["ports"]
    }
    # The webhook that injects proxies, and where proxies connect to: without them the mesh is down.
    assert {("istio-system", 15017), ("istio-system", 15012)} <= opened
    assert ("istio-cni", 8000) in opened


def test_no_account_of_several_clusters_is_made(charts: Rendered) -> None:
    assert not [each for objects in charts.values() for each in objects if "reader" in each["metadata"]["name"]]


def test_an_upgrade_of_the_plug_in_goes_by_many_nodes_at_a_time(charts: Rendered) -> None:
    (nodes,) = (each for objects in charts.values() for each in objects if each["kind"] == "DaemonSet")
    assert nodes["spec"]["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}}


def test_settings_of_the_mesh_reach_its_control_plane(helm: Path, istio_charts: Path, tmp_path: Path) -> None:
    given = {"trustDomain": "td.example", "controlPlaneNamespace": "mesh"}
    made = rendered(helm, istio_charts, mesh(given), tmp_path)["istiod"]
    assert named(made, "Deployment", "istiod")["metadata"]["namespace"] == "mesh"
    assert "trustDomain: td.example" in named(made, "ConfigMap", "istio")["data"]["mesh"]
