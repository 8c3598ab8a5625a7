"""A mesh that the stack installs, and its charts as Helm renders them."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from components import AddOnArgs, istio
from settings import Mesh

DIGEST = f"sha256:{'5' * 64}"
IMAGES = {
    key: f"registry.example/istio/{name}:1.31.2@{DIGEST}"
    for key, name in {"istiod": "pilot", "proxy": "proxyv2", "cni": "install-cni"}.items()
}
INSTALLATION: Mapping[str, Any] = {
    "charts": "https://charts.example/istio",
    "version": "1.31.2",
    "images": IMAGES,
}
EVERYTHING: Mapping[str, Any] = {
    "replicas": 3,
    "resources": {"cpu": "250m", "memory": "1Gi"},
    "platform": "openshift",
    "cniNamespace": "nodes",
}
"""Each setting of an installation otherwise than by default."""


def mesh(fields: Mapping[str, Any] | None = None, **installation: Any) -> Mesh:
    given = {"profile": "istio", "installation": {**INSTALLATION, **installation}, **(fields or {})}
    return Mesh.model_validate(given)


def add_on(of: Mesh, *pull_secrets: str) -> AddOnArgs:
    assert of.installation
    return istio(of, of.installation, pull_secrets)


def rendered(helm: Path, charts: Path, of: Mesh, directory: Path) -> Mapping[str, list[Mapping[str, Any]]]:
    """The objects of each chart, by the name of its release."""
    made: dict[str, list[Mapping[str, Any]]] = {}
    for release in add_on(of).releases:
        values = directory / f"{release.chart}.yaml"
        values.write_text(yaml.safe_dump(dict(release.values)), encoding="utf-8")
        command = [helm, "template", release.name, charts / release.chart, "--namespace", release.namespace]
        command += ["--values", values, "--kube-version", "1.36.3"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made[release.name] = [each for each in yaml.safe_load_all(done.stdout) if each]
    return made


def pods(objects: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The workloads, each with the specification of its pods."""
    return [(each, each["spec"]["template"]["spec"]) for each in objects if each["kind"] in ("Deployment", "DaemonSet")]


def named(objects: Iterable[Mapping[str, Any]], kind: str, name: str) -> Mapping[str, Any]:
    (found,) = (each for each in objects if each["kind"] == kind and each["metadata"]["name"] == name)
    return found
