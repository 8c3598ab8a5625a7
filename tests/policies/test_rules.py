"""Every rule over the real analyzer protocol: what passes, what fails, what is unknown, what is malformed."""

from dataclasses import dataclass
from typing import Any

import pytest

from catalogue import RULES
from sandbox.analyzer import Analyzer, Finding
from tests.policies.manifests import DIGEST, REMOVED, UNKNOWN, changed, deployment, resource

POD = "spec template spec"
SERVER = f"{POD} containers 0"
CONTEXT = f"{SERVER} securityContext"
SIZE = "spec template metadata annotations inference/model-size-bytes"


@dataclass(frozen=True)
class Break:
    """A change to the compliant Deployment, and the rules that must say so."""

    rules: str
    path: str
    value: Any

    def __str__(self) -> str:
        shown = "removed" if self.value is REMOVED else repr(self.value)
        return f"{self.rules} {self.path.removeprefix('spec template ')} {shown}"[:110]


VIOLATIONS = [
    Break("P01", f"{CONTEXT} privileged", True),
    Break("P02", f"{POD} hostNetwork", True),
    Break("P02", f"{POD} hostPID", True),
    Break("P02", f"{POD} hostIPC", True),
    Break("P03 P15", f"{POD} volumes", [{"name": "node", "hostPath": {"path": "/var"}}]),
    Break("P04", f"{SERVER} ports 0 hostPort", 8501),
    Break("P05", f"{POD} securityContext windowsOptions", {"hostProcess": True}),
    Break("P05", f"{CONTEXT} windowsOptions", {"hostProcess": True}),
    Break("P06", f"{CONTEXT} procMount", "Unmasked"),
    Break("P07", f"{POD} securityContext seLinuxOptions", {"type": "spc_t"}),
    Break("P07", f"{CONTEXT} seLinuxOptions", {"user": "system_u"}),
    Break("P07", f"{CONTEXT} seLinuxOptions", {"role": "system_r"}),
    Break("P08", f"{CONTEXT} appArmorProfile", {"type": "Unconfined"}),
    Break(
        "P08",
        "spec template metadata annotations container.apparmor.security.beta.kubernetes.io/server",
        "unconfined",
    ),
    Break("P09", f"{POD} securityContext sysctls 0 name", "kernel.msgmax"),
    Break("P10", f"{SERVER} readinessProbe httpGet host", "example.com"),
    Break("P10", f"{SERVER} lifecycle preStop", {"tcpSocket": {"host": "example.com", "port": 1}}),
    Break("P11", f"{CONTEXT} capabilities drop", ["NET_RAW"]),
    Break("P11", f"{CONTEXT} capabilities", REMOVED),
    Break("P11", f"{CONTEXT} capabilities add", ["SYS_ADMIN"]),
    Break("P11", f"{POD} initContainers 0 securityContext capabilities drop", []),
    Break("P12", f"{CONTEXT} allowPrivilegeEscalation", REMOVED),
    Break("P12", f"{CONTEXT} allowPrivilegeEscalation", True),
    Break("P13", f"{POD} securityContext runAsNonRoot", False),
    Break("P13", f"{POD} securityContext runAsUser", 0),
    Break("P13", f"{CONTEXT} runAsNonRoot", False),
    Break("P13", f"{CONTEXT} runAsUser", 0),
    Break("P14", f"{POD} securityContext seccompProfile", REMOVED),
    Break("P14", f"{CONTEXT} seccompProfile", {"type": "Unconfined"}),
    Break("P15", f"{POD} volumes", [{"name": "share", "nfs": {"server": "s", "path": "/"}}]),
    Break("P16", f"{CONTEXT} readOnlyRootFilesystem", REMOVED),
    Break("P16", f"{CONTEXT} readOnlyRootFilesystem", False),
    Break("P19", "metadata namespace", REMOVED),
    Break("P19", "metadata namespace", "default"),
    Break("S01", f"{SERVER} image", f"tensorflow/serving:latest@{DIGEST}"),
    Break("S01", f"{SERVER} image", "tensorflow/serving:2.19.1"),
    Break("S01", f"{SERVER} image", "tensorflow/serving:2.19.1@sha256:abc"),
    Break("S01", f"{SERVER} image", "registry.example:5000/tensorflow/serving"),
    Break("S01", f"{SERVER} image", REMOVED),
    Break("S01", f"{POD} volumes", [{"name": "model", "image": {"reference": "registry.example/mnist:1"}}]),
    Break("M01", f"{SERVER} resources requests cpu", REMOVED),
    Break("M01", f"{SERVER} resources limits memory", REMOVED),
    Break("M01", f"{SERVER} resources limits cpu", 0),
    Break("M01", f"{POD} initContainers 0 resources", REMOVED),
    Break("M02", f"{SERVER} resources requests nvidia.com/gpu", REMOVED),
    Break("M02", f"{SERVER} resources limits nvidia.com/gpu", 2),
    Break("M02", f"{POD} tolerations", REMOVED),
    Break("M02", f"{POD} tolerations 0 operator", "Equal"),
    Break("M02", f"{POD} tolerations 0 effect", "NoExecute"),
    Break("M02", f"{POD} nodeSelector", REMOVED),
    Break("M02", f"{POD} nodeSelector", {"kubernetes.io/os": "linux"}),
    Break("M03", SIZE, "4294967296"),
    Break("M03", SIZE, REMOVED),
    Break("M03", SIZE, "large"),
    Break("M04", f"{SERVER} startupProbe", REMOVED),
    Break("M04", f"{SERVER} readinessProbe", REMOVED),
    Break("M04", f"{SERVER} livenessProbe", REMOVED),
    Break("M04", f"{SERVER} readinessProbe httpGet path", "/v1/models/mnist"),
    Break("M04", f"{SERVER} readinessProbe", {"tcpSocket": {"port": 8500}}),
    Break("M04", f"{SERVER} livenessProbe", {"grpc": {"port": 8500}}),
    Break("M04", f"{SERVER} ports", REMOVED),
]

# What is allowed although it comes close to a violation.
ALLOWED = [
    Break("", f"{CONTEXT} privileged", False),
    Break("", f"{CONTEXT} capabilities add", ["NET_BIND_SERVICE"]),
    Break("", f"{CONTEXT} seLinuxOptions", {"type": "container_engine_t", "level": "s0"}),
    Break("", f"{CONTEXT} appArmorProfile", {"type": "Localhost", "localhostProfile": "p"}),
    Break("", f"{SERVER} ports 0 hostPort", 0),
    Break("", f"{POD} volumes", [{"name": "scratch"}]),
    Break("", f"{SERVER} image", f"registry.example:5000/tensorflow/serving@{DIGEST}"),
    Break("", f"{SERVER} resources limits cpu", 2),
    Break("", f"{POD} tolerations", [{"operator": "Exists"}]),
    Break("", SIZE, "3435973836"),
    Break("", f"{POD} ephemeralContainers", None),
]

# The property that each rule reads, to be made unknown or malformed.
READ_BY: dict[str, str] = {
    "P01": f"{CONTEXT} privileged",
    "P02": f"{POD} hostNetwork",
    "P03": f"{POD} volumes",
    "P04": f"{SERVER} ports 0 hostPort",
    "P05": f"{CONTEXT} windowsOptions",
    "P06": f"{CONTEXT} procMount",
    "P07": f"{CONTEXT} seLinuxOptions",
    "P08": f"{CONTEXT} appArmorProfile",
    "P09": f"{POD} securityContext sysctls 0 name",
    "P10": f"{SERVER} livenessProbe httpGet host",
    "P11": f"{CONTEXT} capabilities drop",
    "P12": f"{CONTEXT} allowPrivilegeEscalation",
    "P13": f"{CONTEXT} runAsNonRoot",
    "P14": f"{CONTEXT} seccompProfile",
    "P15": f"{POD} volumes",
    "P16": f"{CONTEXT} readOnlyRootFilesystem",
    "P19": "metadata namespace",
    "S01": f"{SERVER} image",
    "M01": f"{SERVER} resources limits cpu",
    "M02": f"{POD} tolerations",
    "M03": SIZE,
    "M04": f"{SERVER} readinessProbe httpGet path",
}


def analyzed(strict: Analyzer, change: Break) -> tuple[Finding, ...]:
    return strict.analyze([resource(changed(deployment(), change.path, change.value))])


def test_the_compliant_deployment_has_no_finding(strict: Analyzer) -> None:
    assert strict.analyze([resource(deployment())]) == ()


def test_every_rule_is_tried() -> None:
    violated = {rule for change in VIOLATIONS for rule in change.rules.split()}
    assert violated == READ_BY.keys() == RULES.keys()


@pytest.mark.parametrize("change", VIOLATIONS, ids=str)
def test_a_violation_is_mandatory_and_named(strict: Analyzer, change: Break) -> None:
    findings = analyzed(strict, change)
    assert {finding.rule for finding in findings} == set(change.rules.split())
    assert {finding.level for finding in findings} == {"mandatory"}
    for finding in findings:
        assert finding.field.startswith(("spec.template.", "metadata.namespace"))
        assert finding.found
        assert finding.remedy
        assert finding.title == RULES[finding.rule].title
        assert not finding.unknown


@pytest.mark.parametrize("change", ALLOWED, ids=str)
def test_no_false_alarm(strict: Analyzer, change: Break) -> None:
    assert analyzed(strict, change) == ()


@pytest.mark.parametrize("rule", READ_BY)
def test_an_unknown_value_is_told_and_stops_nothing(strict: Analyzer, rule: str) -> None:
    findings = [finding for finding in analyzed(strict, Break(rule, READ_BY[rule], UNKNOWN)) if finding.rule == rule]
    assert findings
    assert {(finding.level, finding.unknown) for finding in findings} == {("advisory", True)}
    assert all("cannot be known in preview" in finding.found for finding in findings)


@pytest.mark.parametrize("rule", READ_BY)
@pytest.mark.parametrize("value", [{"absurd": [1.5, {}]}, [[]], 1e300, -1, ""], ids=str)
def test_a_malformed_value_never_breaks_the_pack(strict: Analyzer, rule: str, value: Any) -> None:
    findings = analyzed(strict, Break(rule, READ_BY[rule], value))
    assert not any(finding.unknown for finding in findings)


@pytest.mark.parametrize("rule", sorted(READ_BY.keys() - {"P03", "P15"}))
def test_a_value_of_another_type_is_a_violation(strict: Analyzer, rule: str) -> None:
    findings = [finding for finding in analyzed(strict, Break(rule, READ_BY[rule], [[]])) if finding.rule == rule]
    assert {finding.level for finding in findings} == {"mandatory"}
    assert any("a list" in finding.found or "no " in finding.found for finding in findings)


def test_one_unknown_container_does_not_hide_another_ones_violation(strict: Analyzer) -> None:
    manifest = changed(deployment(), f"{POD} initContainers 0 securityContext", UNKNOWN)
    findings = strict.analyze([resource(changed(manifest, f"{CONTEXT} privileged", True))])
    assert {(finding.rule, finding.unknown) for finding in findings if finding.rule == "P01"} == {
        ("P01", False),
        ("P01", True),
    }


def test_a_finding_tells_field_value_and_remedy(strict: Analyzer) -> None:
    (finding,) = analyzed(strict, Break("P04", f"{SERVER} ports 0 hostPort", 8501))
    assert finding.field == "spec.template.spec.containers[0].ports[0].hostPort"
    assert finding.found == "8501"
    assert finding.remedy == "Leave ports[].hostPort out, and put a Service in front."
    assert finding.urn.endswith("Deployment::subject")


def test_no_finding_repeats_a_secret(strict: Analyzer) -> None:
    for path in (f"{SERVER} securityContext", f"{SERVER} resources", POD):
        findings = analyzed(strict, Break("", path, {"password": "hunter2", "containers": [{"env": ["hunter2"]}]}))
        assert findings
        assert not any("hunter2" in finding.message for finding in findings)
