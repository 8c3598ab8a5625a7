"""Remediations fill in what is missing, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc
from pulumi.runtime.proto.analyzer_pb2 import AnalyzeRequest

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.pack import PolicyPack
from inferencectl.policy_check.remediation import Remedied
from inferencectl.program.property_values import encode_properties
from tests.policies.manifests import REMOVED, UNKNOWN, changed, deployment, pod, resource, workload

POD = "spec template spec"
CONTEXT = f"{POD} containers 0 securityContext"
FIELD = "spec.template.spec.containers[0].securityContext"


def remedied(analyzer: Analyzer, manifest: dict[str, Any], **fields: Any) -> Remedied:
    (made,) = analyzer.remediate([resource(manifest, **fields)])
    return made


def fixes(analyzer: Analyzer, manifest: dict[str, Any]) -> dict[str, tuple[str, Any, Any]]:
    return {made.rule: (made.field, made.before, made.after) for made in remedied(analyzer, manifest).remediations}


def test_a_compliant_deployment_is_left_as_it_is(strict: Analyzer) -> None:
    manifest = deployment()
    assert remedied(strict, manifest) == Remedied(inputs=manifest, remediations=())


@pytest.mark.parametrize(
    ("rule", "path", "value", "change"),
    [
        ("P11", f"{CONTEXT} capabilities", REMOVED, (f"{FIELD}.capabilities", None, {"drop": ["ALL"]})),
        (
            "P11",
            f"{CONTEXT} capabilities drop",
            ["NET_RAW"],
            (f"{FIELD}.capabilities.drop", ["NET_RAW"], ["NET_RAW", "ALL"]),
        ),
        (
            "P12",
            f"{CONTEXT} allowPrivilegeEscalation",
            None,
            (f"{FIELD}.allowPrivilegeEscalation", None, False),
        ),
        (
            "P14",
            f"{POD} securityContext seccompProfile",
            REMOVED,
            ("spec.template.spec.securityContext.seccompProfile", None, {"type": "RuntimeDefault"}),
        ),
        (
            "R07",
            f"{POD} automountServiceAccountToken",
            REMOVED,
            ("spec.template.spec.automountServiceAccountToken", None, False),
        ),
    ],
)
def test_exactly_the_missing_property_is_set(
    strict: Analyzer,
    rule: str,
    path: str,
    value: object,
    change: tuple[str, object, object],
) -> None:
    manifest = changed(deployment(), path, value)
    assert fixes(strict, manifest) == {rule: change}
    inputs = remedied(strict, manifest).inputs
    assert strict.analyze_each([resource(inputs)]) == ()
    assert inputs == changed(manifest, change[0].replace("[0]", ".0").replace(".", " "), change[2])


def test_integers_stay_integers(strict: Analyzer) -> None:
    inputs = remedied(strict, changed(deployment(), f"{CONTEXT} capabilities", REMOVED)).inputs
    port = inputs["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
    assert port == 8501
    assert isinstance(port, int)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{CONTEXT} allowPrivilegeEscalation", True),
        (f"{CONTEXT} capabilities add", ["SYS_ADMIN"]),
        (f"{CONTEXT} seccompProfile", {"type": "Unconfined"}),
        (f"{POD} securityContext seccompProfile type", "Unconfined"),
        (f"{CONTEXT}", UNKNOWN),
        (f"{CONTEXT} capabilities drop", UNKNOWN),
        (f"{POD} automountServiceAccountToken", True),
        (f"{POD} securityContext", UNKNOWN),
        (f"{POD} containers", UNKNOWN),
        (f"{POD} containers", "absurd"),
        (CONTEXT, ["absurd"]),
        ("spec", None),
    ],
)
def test_what_is_written_unknown_or_malformed_is_not_overruled(strict: Analyzer, path: str, value: object) -> None:
    manifest = changed(deployment(), path, value)
    assert remedied(strict, manifest) == Remedied(inputs=manifest, remediations=())


def test_an_account_gives_no_token_unless_it_says_so(strict: Analyzer) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "models"}}
    field = "automountServiceAccountToken"
    assert fixes(strict, account) == {"R07": (field, None, False)}
    assert fixes(strict, {**account, field: True}) == {}
    assert fixes(strict, {**account, field: UNKNOWN}) == {}


def test_a_token_that_has_a_reason_is_not_withheld(strict: Analyzer) -> None:
    manifest = changed(deployment(), f"{POD} automountServiceAccountToken", REMOVED)
    reason = "spec template metadata annotations inference/api-token-reason"
    assert fixes(strict, changed(manifest, reason, "lists nodes")) == {}
    assert fixes(strict, changed(manifest, reason, " ")).keys() == {"R07"}


def test_windows_pods_and_custom_resources_are_left_alone(strict: Analyzer) -> None:
    bare = {"metadata": {}, "spec": {"containers": [{"name": "a"}]}}
    windows = {**bare, "spec": {**bare["spec"], "os": {"name": "windows"}}}
    assert fixes(strict, workload("Pod", bare)).keys() == {"P11", "P12", "P14", "R07"}
    assert fixes(strict, workload("Pod", windows)) == {}
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"template": bare}}
    assert fixes(strict, rollout) == {}


def test_a_pod_that_may_be_a_windows_pod_is_left_alone(strict: Analyzer) -> None:
    manifest = changed(deployment(), f"{CONTEXT} capabilities", REMOVED)
    assert fixes(strict, changed(manifest, f"{POD} os", {"name": UNKNOWN})) == {}


def test_a_remediation_can_be_switched_off(configured: Callable[[dict[str, Any]], Analyzer]) -> None:
    manifest = changed(deployment(), f"{CONTEXT} capabilities", REMOVED)
    analyzer = configured({"P11": "disabled"})
    assert fixes(analyzer, manifest) == {}
    assert {finding.rule for finding in analyzer.analyze_each([resource(manifest)])} == {"P11"}


def test_secrets_are_remediated_like_anything_else(strict: Analyzer) -> None:
    manifest = changed(deployment(), f"{CONTEXT} capabilities", REMOVED)
    made = remedied(strict, manifest, secret_keys=("spec",))
    assert [change.rule for change in made.remediations] == ["P11"]
    assert made.inputs == changed(manifest, f"{CONTEXT} capabilities", {"drop": ["ALL"]})


def test_secrets_stay_secret(pack: Path) -> None:
    manifest = changed(deployment(), f"{CONTEXT} capabilities", REMOVED)
    request = AnalyzeRequest(
        type="kubernetes:apps/v1:Deployment", properties=encode_properties(manifest, secret_keys=("spec",))
    )
    with PolicyPack(pack, project="inference", stack="dev") as stub:
        (remediation,) = stub.Remediate(request).remediations
    assert rpc.is_rpc_secret(MessageToDict(remediation.properties)["spec"])


def test_every_pod_kind_is_remediated(strict: Analyzer) -> None:
    template = pod()
    del template["spec"]["securityContext"]["seccompProfile"]
    for kind in ("Pod", "StatefulSet", "DaemonSet", "Job", "CronJob"):
        assert fixes(strict, workload(kind, template)).keys() == {"P14"}
