"""What the documentation says is so: links lead somewhere, named tests exist, examples and numbers are true."""

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import settings
from inferencectl.cost.comparison import compared
from inferencectl.deployer import kubernetes_objects
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.workspace.project import Project
from scripts import diagram

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FEATURES = ROOT / "docs" / "features.md"
PROOFS = ROOT / "docs" / "proofs.md"
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), ROOT / "cluster" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROMISES = {"S": 8, "T": 4, "A": 4, "M": 6, "R": 6, "G": 6, "D": 5, "X": 14}
HOSTS = {"docker.io", "registry.k8s.io", "sts.amazonaws.com", "login.microsoftonline.com"} | {
    *("container.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com", "private.googleapis.com"),
    *("sts.googleapis.com", "storage.googleapis.com", "googleapis.com", "my-project.iam.gserviceaccount.com"),
}
# Of labels, extended resources, API groups, provisioners and types: names of this form that nobody connects to.
KEY_DOMAINS = {"node-restriction.kubernetes.io", "nvidia.com", "pulumi.com"} | {
    *("app.kubernetes.io", "kubernetes.io", "pod-security.kubernetes.io", "topology.kubernetes.io"),
    *("gateway.networking.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io"),
    *("networking.istio.io", "security.istio.io", "sidecar.istio.io", "telemetry.istio.io"),
    *("ebs.csi.aws.com", "external-secrets.io", "loki.grafana.com", "monitoring.coreos.com", "velero.io"),
    *("admissionregistration.k8s.io", "discovery.k8s.io", "policy.networking.k8s.io", "resource.k8s.io"),
    *("scheduling.k8s.io", "flowcontrol.apiserver.k8s.io", "nginx.ingress.kubernetes.io", "cilium.io", "kyverno.io"),
    *("addons.cluster.x-k8s.io", "argoproj.io", "helm.cattle.io", "helm.toolkit.fluxcd.io", "type.googleapis.com"),
    *("kustomize.toolkit.fluxcd.io", "controlplane.cluster.x-k8s.io"),
}

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"^(?:\$ )?make ([a-z-]+)", re.MULTILINE)
HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:org|com|io|dev|net)\b(?![.-])")
URL = re.compile(r"https?://([\w.-]+)")
MACHINE_PATH = re.compile(r"(?<![\w.>~-])/(?:home|root|tmp|var|opt|mnt|Users)/")
PIN = re.compile(r"^([A-Za-z][\w-]*)(?:\[[\w,]+\])?==", re.MULTILINE)
TABLE_CODE = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
FEATURE = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|$", re.MULTILINE)
PROOF = re.compile(r"^### ([A-Z]\d+)\n\n(Proved|To be proved) on: \S.*\n(?:\n((?:- `[^`\n]+`\n)+))?", re.MULTILINE)

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target.partition("#")[0]).exists(), target


@every_document
def test_paths_that_are_named_exist(document: Path) -> None:
    top = {entry.name for entry in ROOT.iterdir()}
    named = [code for code in CODE.findall(document.read_text(encoding="utf-8")) if re.fullmatch(r"[\w./-]+", code)]
    for path in named:
        assert path.partition("/")[0] not in top or path.startswith(".sandbox") or (ROOT / path).exists(), path


@every_document
def test_targets_of_make_that_are_named_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    assert {target for code in [text, *CODE.findall(text)] for target in MAKE.findall(code)} <= targets


@every_document
def test_no_path_of_a_machine_and_no_host_that_nobody_chose(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert MACHINE_PATH.findall(text) == []
    assert set(HOST.findall(text)) <= HOSTS | KEY_DOMAINS
    endings = (".example", ".svc", "127.0.0.1", *HOSTS)
    assert [host for host in URL.findall(text) if not host.endswith(endings)] == []


def _features() -> Iterator[tuple[str, str, Sequence[str]]]:
    """Identifier, state and the named tests of each promise."""
    proofs = {identifier: tests for identifier, _, tests in _proofs()}
    for identifier, rest in FEATURE.findall(FEATURES.read_text(encoding="utf-8")):
        _, state = (cell.strip() for cell in rest.split(" | "))
        yield identifier, state, proofs[identifier]


def _proofs() -> Iterator[tuple[str, str, Sequence[str]]]:
    for identifier, proved, tests in PROOF.findall(PROOFS.read_text(encoding="utf-8")):
        yield identifier, proved, CODE.findall(tests)


every_feature = pytest.mark.parametrize(("identifier", "status", "tests"), list(_features()))


def test_every_line_of_the_proofs_is_one_of_a_promise() -> None:
    reported = [test for _, _, tests in _proofs() for test in tests]
    lines = [line for line in PROOFS.read_text(encoding="utf-8").splitlines() if line.startswith("- ")]
    assert [f"- `{test}`" for test in reported] == lines
    assert [identifier for identifier, *_ in _proofs()] == [identifier for identifier, *_ in _features()]


def test_no_promise_is_dropped() -> None:
    reported = Counter(identifier for identifier, _, _ in _features())
    assert reported == Counter(f"{theme}{number + 1}" for theme, count in PROMISES.items() for number in range(count))


@every_feature
def test_what_is_there_names_its_proof_and_what_is_planned_names_none(
    identifier: str, status: str, tests: Sequence[str]
) -> None:
    assert re.fullmatch(r"done|planned|partly: \S.*", status)
    assert bool(tests) is (status != "planned")
    (proved,) = (proved for each, proved, _ in _proofs() if each == identifier)
    assert proved == ("To be proved" if status == "planned" else "Proved")


@every_feature
def test_the_tests_that_are_named_exist(identifier: str, status: str, tests: Sequence[str]) -> None:
    for test in tests:
        assert _exists(test), test


@every_document
def test_a_test_that_a_document_names_exists(document: Path) -> None:
    for code in CODE.findall(document.read_text(encoding="utf-8")):
        assert not (code.startswith("tests/") and "::" in code) or _exists(code), code


def _exists(test: str) -> bool:
    path, *names = test.split("::")
    return "::".join(names) in _tests_of(ROOT / path)


@cache
def _tests_of(module: Path) -> frozenset[str]:
    """The tests of a module as pytest names them, without parameters: `test_a` and `TestB::test_c`."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    in_classes = (f"{owner.name}::{test}" for owner in classes for test in _test_functions(owner.body))
    return frozenset([*_test_functions(body), *in_classes])


def _test_functions(body: Sequence[ast.stmt]) -> Iterator[str]:
    return (node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


@pytest.mark.parametrize("decision", DECISIONS, ids=[path.name for path in DECISIONS])
def test_a_decision_has_its_number_and_its_parts(decision: Path) -> None:
    title, *_ = lines = decision.read_text(encoding="utf-8").splitlines()
    assert title.startswith(f"# {int(decision.name[:4])}. ")
    parts = [line for line in lines if line in ("## Context", "## Decision", "## Consequences")]
    assert parts == ["## Context", "## Decision", "## Consequences"]


def test_no_two_decisions_have_one_number() -> None:
    assert Counter(path.name[:4] for path in DECISIONS).most_common(1)[0][1] == 1


def test_every_dependency_has_a_reason_and_no_reason_is_left_over() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    wheels = [file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.txt")]
    requirements = [each for group in groups for each in group if isinstance(each, str)]
    pinned = {name for text in [*requirements, *wheels] for name in PIN.findall(text)}
    modules = [file.parent.name for room in ("inferencectl", "tests") for file in (ROOT / room).rglob("go.mod")]
    (decision,) = (path for path in DECISIONS if path.name == "0002-dependencies.md")
    assert Counter(TABLE_CODE.findall(decision.read_text(encoding="utf-8"))) == Counter([*pinned, *modules])


@pytest.fixture(scope="module")
def run() -> ProgramRun:
    return run_program(Project(ROOT), "dev")


def test_the_numbers_of_the_readme_are_those_of_the_program(run: ProgramRun) -> None:
    text = README.read_text(encoding="utf-8")
    objects = len(kubernetes_objects(run.recording))
    assert f"checking {len(run.recording.resources)} resources against" in text
    assert f"\ncreated {objects} in " in text
    assert f"no changes: {objects} objects" in text
    cost = compared(settings.stack_cost(run.platform), None)
    assert cost
    assert "\n" + "\n".join(cost.lines) + "\n" in text
    for model, address in run.recording.outputs["addresses"].items():
        assert f"\n{model}: {address}\n" in text


def _platform() -> dict[str, Any]:
    stack = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    return stack["config"]["inference:platform"]


def test_the_five_lines_of_the_readme_are_a_model() -> None:
    (lines,) = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(lines.splitlines()) == 5
    document = _platform()
    document["models"] += yaml.safe_load(lines)
    platform = settings.load("dev", {"inference:platform": json.dumps(document)})
    assert platform.models[-1].name == "digits"


def test_the_error_of_the_readme_is_what_is_said() -> None:
    document = _platform()
    for version, weight in zip(document["models"][0]["versions"], (80, 30), strict=True):
        version["weight"] = weight
    with pytest.raises(settings.SettingsError) as refusal:
        settings.load("dev", {"inference:platform": json.dumps(document)})
    assert f"\nerror: {refusal.value}\n" in README.read_text(encoding="utf-8")


def test_the_picture_is_what_the_program_makes() -> None:
    document = diagram.DOCUMENT.read_text(encoding="utf-8")
    assert diagram.updated(document) == document, "run python -m scripts.diagram"
