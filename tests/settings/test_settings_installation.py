"""An add-on that cannot be installed as it is set: named before anything is deployed, all at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from settings import load
from tests.components.add_on.installed_mesh import INSTALLATION
from tests.settings.meshed_stack import of_mesh
from tests.settings.settings_stack import edited, problems

AT = ".mesh.installation"
SOURCE = "an https:// chart repository or an oci:// registry without credentials, or a folder of the checkout"
EXACT = "one exact version such as 1.31.2, not a range"


def installed(mesh: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return of_mesh(**(mesh or {}), installation={**INSTALLATION, **fields})


CASES = {
    "a range": (installed(version="^1.31.0"), [f"{AT}.version: \"^1.31.0\"; expected {EXACT}; did you mean '1.31.0'?"]),
    "a part of a version": (installed(version="1.31"), [f'{AT}.version: "1.31"; expected {EXACT}']),
    "the latest": (installed(version="latest"), [f'{AT}.version: "latest"; expected {EXACT}']),
    "plain text": (
        installed(charts="http://charts.example/istio"),
        [
            (
                f'{AT}.charts: "http://charts.example/istio"; expected {SOURCE}; '
                "did you mean 'https://charts.example/istio'?"
            )
        ],
    ),
    "unknown scheme": (
        installed(charts="git+ssh://x.example/y"),
        [f'{AT}.charts: "git+ssh://x.example/y"; expected {SOURCE}'],
    ),
    "credentials": (
        installed(charts="https://me:word@charts.example"),
        [f'{AT}.charts: "https://...@charts.example"; expected {SOURCE}'],
    ),
    "outside of the checkout": (installed(charts="../charts"), [f'{AT}.charts: "../charts"; expected {SOURCE}']),
    "no folder": (
        installed(charts="vendor/istio"),
        [
            f'{AT}.charts: "vendor/istio", which has no chart {chart}; expected a folder of the checkout with '
            f"{chart}/Chart.yaml; helm pull --untar makes such a folder"
            for chart in ("base", "cni", "istiod")
        ],
    ),
    "too old": (
        installed(version="1.21.6"),
        [
            (
                f'{AT}.version: "1.21.6", whose charts do not know all that the platform sets; expected at least 1.31; '
                "a mesh that is already installed, of 1.22 or newer, needs no installation here"
            )
        ],
    ),
    "image without digest": (
        installed(images={**INSTALLATION["images"], "proxy": "registry.example/istio/proxyv2:1.31.2"}),
        [
            (
                f'{AT}.images.proxy: "registry.example/istio/proxyv2:1.31.2"; expected an image with registry and '
                "digest, such as registry.example/team/server:1.2@sha256:..."
            )
        ],
    ),
    "a revision": (
        installed({"revision": "canary"}),
        [
            (
                '.mesh.revision: "canary", of a mesh that the stack installs; expected no revision: the installation '
                "is upgraded in place; revisions side by side need an Istio that is installed elsewhere"
            )
        ],
    ),
    "what a mesh has, without one": (
        {"mesh": {"installation": INSTALLATION, "trustDomain": "td.example", "proxy": {}}},
        [".mesh.proxy: has no effect with profile none; expected no proxy, or profile istio"],
    ),
    "namespaces of others": (
        installed({"controlPlaneNamespace": "kube-system"}),
        [
            (
                ".mesh.controlPlaneNamespace: 'kube-system', also a namespace of the cluster; expected a namespace "
                "of its own, which the stack makes"
            )
        ],
    ),
    "one namespace for both": (
        installed(cniNamespace="istio-system"),
        [
            (
                f"{AT}.cniNamespace: 'istio-system', also a namespace of istiod, without the privileges that the CNI "
                "plug-in takes; expected a namespace of its own, which the stack makes"
            )
        ],
    ),
}


def test_istio_may_be_there_before_the_mesh_is_on() -> None:
    mesh = {"installation": INSTALLATION, "trustDomain": "td.example", "controlPlaneNamespace": "mesh"}
    loaded = load("dev", edited({"mesh": mesh})).mesh
    assert (loaded.is_on, loaded.trust_domain) == (False, "td.example")
    assert loaded.installation


OTHERS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "the models": ({"namespace": "taken"}, "the models"),
    "a caller": ({"mesh.callers.0.namespace": "taken"}, "the caller shop"),
    "the gateway": ({"gateway.namespace": "taken"}, "the gateway"),
    "the ingress": ({"ingress": {"namespace": "taken", "hostname": "models.example"}}, "the ingress"),
    "Prometheus": ({"monitoring": {"scraperNamespace": "taken"}}, "monitoring"),
    "Prometheus of autoscaling": (
        {"autoscaling": {"prometheus": "http://prometheus.taken:9090", "scraperNamespace": "taken"}},
        "autoscaling",
    ),
    "the adapter": (
        {
            "autoscaling": {
                "engine": "prometheus-adapter",
                "prometheus": "http://prometheus.seen:9090",
                "scraperNamespace": "seen",
                "adapterNamespace": "taken",
            }
        },
        "the adapter",
    ),
    "the nodes' software": ({"gpuSoftware": {"source": "present", "namespace": "taken"}}, "gpuSoftware"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_installed_has_namespaces_of_its_own(other: str) -> None:
    edits, owner = OTHERS[other]
    for at, mesh in (
        (".mesh.controlPlaneNamespace", installed({"controlPlaneNamespace": "taken"})),
        (f"{AT}.cniNamespace", installed(cniNamespace="taken")),
    ):
        assert problems({**mesh, **edits}) == [
            f"{at}: 'taken', also a namespace of {owner}; expected a namespace of its own, which the stack makes"
        ]
        present = {key: value for key, value in mesh["mesh"].items() if key != "installation"}
        assert load("dev", edited({**mesh, "mesh": present, **edits})).mesh.installation is None


@pytest.mark.parametrize("case", CASES)
def test_a_finding_names_what_to_change(case: str) -> None:
    edits, expected = CASES[case]
    assert problems(edits) == expected


def test_one_control_plane_is_too_few_in_prod() -> None:
    edits = {"mesh": {"profile": "istio", "installation": {**INSTALLATION, "replicas": 1}}}
    found = [each for each in problems(edits, "prod") if "installation" in each]
    assert found == [
        f"{AT}.replicas: 1; expected at least 2 in prod: no pod starts in the mesh while there is no control plane"
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of charts of version 1.31.2, in a checkout."""
    monkeypatch.chdir(tmp_path)
    for chart in ("base", "cni", "istiod"):
        (tmp_path / "vendor" / chart).mkdir(parents=True)
        (tmp_path / "vendor" / chart / "Chart.yaml").write_text(f"name: {chart}\nversion: 1.31.2\n")
    return tmp_path / "vendor"


def test_charts_in_the_checkout_are_of_the_version_that_is_set(folder: Path) -> None:
    (folder / "cni" / "Chart.yaml").write_text('name: cni\nversion: "1.31.1"\n')
    assert problems(installed(charts="vendor")) == [
        f'{AT}.version: "1.31.2"; expected "1.31.1", the version of vendor/cni'
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("charts", "repository", "chart"),
    [
        ("https://charts.example/istio", "https://charts.example/istio", "base"),
        ("oci://registry.example/charts", None, "oci://registry.example/charts/base"),
        ("vendor", None, "./vendor/base"),
    ],
)
def test_helm_is_told_where_a_chart_is(charts: str, repository: str | None, chart: str) -> None:
    found = load("dev", edited(installed(charts=charts))).mesh.installation
    assert found
    assert (found.repository, found.chart("base")) == (repository, chart)
