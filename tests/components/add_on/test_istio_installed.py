"""Istio's charts with the platform's values in a real API server: installed, again, changed, uninstalled."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from components import AddOn
from inferencectl.deployer import Deployer, plain_objects
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from settings import Mesh
from tests.components.add_on.installed_mesh import IMAGES, add_on, mesh

pytestmark = pytest.mark.slow("a control plane of its own, and Helm waits for each of three charts")

Objects = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Installer:
    """Installs releases as Pulumi's provider does: by Helm, one after the other, each whole or not at all."""

    helm: Path
    kubectl: Path
    charts: Path
    kubeconfig: Path
    directory: Path

    def install(self, of: Mesh, *charts: str) -> None:
        for release in (each for each in add_on(of).releases if not charts or each.chart in charts):
            values = self.directory / "values.yaml"
            values.write_text(yaml.safe_dump(dict(release.values)), encoding="utf-8")
            self._run(
                *("upgrade", "--install", release.name, self.charts / release.chart, "--values", values),
                *("--namespace", release.namespace, "--atomic", "--timeout", f"{release.timeout_seconds}s"),
            )

    def uninstall(self, of: Mesh) -> None:
        for release in reversed(add_on(of).releases):
            self._run("uninstall", release.name, "--namespace", release.namespace, "--wait")

    def live(self, of: Mesh) -> Objects:
        """The objects of the releases, as they are in the cluster, without what every write changes."""
        made: dict[tuple[str, str], Mapping[str, Any]] = {}
        for release in add_on(of).releases:
            manifest = self._run("get", "manifest", release.name, "--namespace", release.namespace)
            (self.directory / "manifest.yaml").write_text(manifest, encoding="utf-8")
            command = [self.kubectl, "--kubeconfig", self.kubeconfig, "--namespace", release.namespace]
            command += ["get", "--filename", self.directory / "manifest.yaml", "--output", "json"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            for each in json.loads(done.stdout)["items"]:
                made[each["kind"], each["metadata"]["name"]] = _without_bookkeeping(each)
        return made

    def _run(self, *arguments: str | Path) -> str:
        command = [self.helm, *arguments, "--kubeconfig", self.kubeconfig]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _without_bookkeeping(found: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = {key: found["metadata"].get(key) for key in ("labels", "generation", "uid")}
    return {**{key: found[key] for key in found if key not in ("metadata", "status")}, "metadata": metadata}


def _program() -> None:
    AddOn("istio", add_on(mesh()))


def _silent(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def installer(
    tools: Toolchain, helm: Path, istio_charts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installer]:
    """A cluster without Istio, with the namespaces of the add-on."""
    without = replace(tools, crd_files=tuple(each for each in tools.crd_files if each.name != "crd-all.gen.yaml"))
    recording = record(_program, project="inference", stack="test")
    with (
        ControlPlane(tmp_path_factory.mktemp("no-istio"), without).disposable(_silent) as cluster,
        config.new_client_from_config(str(cluster.kubeconfig)) as api,
    ):
        Deployer(api, "test").deploy(plain_objects(recording), _silent)
        yield Installer(
            helm=helm,
            kubectl=tools.kubectl,
            charts=istio_charts,
            kubeconfig=cluster.kubeconfig,
            directory=tmp_path_factory.mktemp("helm"),
        )


@pytest.fixture(scope="module")
def installed(installer: Installer) -> Objects:
    """The API server has accepted every object, and Pod Security every pod: Helm waits for them."""
    installer.install(mesh())
    return installer.live(mesh())


def test_every_pod_is_admitted_and_runs_an_image_of_the_settings(installed: Objects) -> None:
    istiod, plug_in = installed["Deployment", "istiod"], installed["DaemonSet", "istio-cni-node"]
    images = {each["spec"]["template"]["spec"]["containers"][0]["image"] for each in (istiod, plug_in)}
    assert images == {IMAGES["istiod"], IMAGES["cni"]}
    assert istiod["spec"]["replicas"] == 2


def test_installing_again_changes_nothing(installer: Installer, installed: Objects) -> None:
    installer.install(mesh())
    assert installer.live(mesh()) == installed


def test_a_change_of_one_setting_changes_nothing_else(installer: Installer, installed: Objects) -> None:
    more = mesh(replicas=3)
    installer.install(more, "istiod")
    changed = installer.live(more)
    differ = {key for key, found in changed.items() if found != installed[key]}
    assert differ == {
        ("Deployment", "istiod"),
        ("ConfigMap", "values"),
    }  # the second is the chart's record of the values
    before, after = installed["Deployment", "istiod"]["spec"], changed["Deployment", "istiod"]["spec"]
    assert {key for key in after if after[key] != before[key]} == {"replicas"}


def test_uninstalled_it_leaves_the_definitions_and_can_be_installed_again(
    installer: Installer, installed: Objects
) -> None:
    installer.uninstall(mesh())
    with config.new_client_from_config(str(installer.kubeconfig)) as api:
        kept = client.ApiextensionsV1Api(api).list_custom_resource_definition()
        names = {each.metadata.name for each in kept.items if each.spec.group.endswith("istio.io")}
        assert names == {name for kind, name in installed if kind == "CustomResourceDefinition"}
        assert len(names) == 15
        hooks = client.AdmissionregistrationV1Api(api).list_mutating_webhook_configuration().items
        assert not [each for each in hooks if "istio" in each.metadata.name]
        assert not client.AppsV1Api(api).list_deployment_for_all_namespaces(label_selector="app=istiod").items
    installer.install(mesh(), "base")
