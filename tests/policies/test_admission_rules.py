"""Every rule at admission, on the policy pack's own examples: refused in the pack's words, and no false alarm."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient

from catalogue import RULES
from components.admission_policies.rule import Rule
from components.admission_policies.themes import themes
from settings import ADMISSION_RULES, Admission, RuleLevel
from tests.policies import object_breaks, pod_breaks
from tests.policies.admission import GuardedNamespace, completed, guarded_namespace
from tests.policies.break_ import Break
from tests.policies.manifests import DIGEST, REMOVED, SIGNATURE_KEY, changed, stack
from tests.policies.object_breaks import granting
from tests.policies.pod_breaks import CONTEXT, FETCH, POD, SERVER

SUBJECTS = {"server", "role", "binding", "account", "allow-clients", "service", "ingress", "route"}
IMAGE = f"{SERVER} image"
TORCHSERVE = (IMAGE, f"docker.io/pytorch/torchserve:0.12.0-cpu@{DIGEST}")
TRITON = (IMAGE, f"nvcr.io/nvidia/tritonserver:26.01@{DIGEST}")
WINDOWS_HOST = {
    "os": {"name": "windows"},
    "hostNetwork": True,
    "securityContext": {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}},
    "containers": [{"name": "host", "image": "host"}],
}
RBAC = "rbac.authorization.k8s.io"
EVERYBODY = {"kind": "Group", "apiGroup": RBAC}
EVERY_NAME = {"key": "kubernetes.io/metadata.name", "operator": "Exists"}
BACKEND = {"service": {"name": "a", "port": {"number": 80}}}
BAD_PATH = {"path": "/a{alias /etc/;}", "pathType": "ImplementationSpecific", "backend": BACKEND}
TOKEN = {"serviceAccountToken": {"path": "token"}}
LONG_TOKEN = {"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 31_536_000}}
NO_GPU = {"cpu": 2, "memory": "8Gi", "nvidia.com/gpu": 0}

# Examples that the API server's own validation refuses, for other reasons, replaced by others.
OF_OUR_OWN = [
    Break("P01", f"{CONTEXT} privileged", True, also=(f"{CONTEXT} allowPrivilegeEscalation", True)),
    Break("P02", f"{POD} hostNetwork", True, also=(f"{POD} securityContext sysctls", REMOVED)),
    Break("P05", POD, WINDOWS_HOST),
    Break("P06", f"{CONTEXT} procMount", "Unmasked", also=(f"{POD} hostUsers", False)),
    Break("P13", f"{POD} securityContext", {}),
    Break("P14", f"{POD} securityContext seccompProfile", REMOVED),
    *(
        Break("M02", f"{SERVER} resources", {"requests": bounds, "limits": bounds})
        for device, count in (("amd.com/gpu", 1), ("habana.ai/gaudi", 1), ("nvidia.com/mig-1g.10gb", 2))
        for bounds in ({"cpu": 2, "memory": "8Gi", device: count},)
    ),
    Break("M04", f"{SERVER} readinessProbe httpGet path", "/v2/health/live", also=TRITON),
    Break("M04", f"{SERVER} readinessProbe httpGet path", "/models", also=TORCHSERVE),
    Break("M04", f"{SERVER} readinessProbe", {"grpc": {"port": 8500}}),
    Break("M04", f"{SERVER} startupProbe", {"grpc": {"port": 8500}}),
    Break("M04", f"{FETCH} ports", [{"containerPort": 80}], also=(f"{FETCH} restartPolicy", "Always")),
    Break("S03", "spec template metadata labels app.kubernetes.io/component", "model-import"),
    Break("S03", f"{FETCH} env 1", REMOVED),
    Break("S03", f"{FETCH} env 1 value", "-----BEGIN PRIVATE KEY-----"),
    Break("S03", f"{FETCH} env 1 value", f"{SIGNATURE_KEY}-----BEGIN PRIVATE KEY-----"),
    Break("N02", "spec egress 0 to 0", {"namespaceSelector": {}}, "allow-clients"),
    Break("N02", "spec egress 0 to 0", {"ipBlock": {"cidr": "169.254.169.254/32"}}, "allow-clients"),
    Break("N02", "spec ingress 0 from 0", {"namespaceSelector": {"matchExpressions": [EVERY_NAME]}}, "allow-clients"),
    Break("P09", f"{POD} securityContext sysctls 0 value", "1+kernel.core_pattern=x"),
    Break("P13", f"{POD} securityContext", {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}}),
    Break("R07", f"{POD} volumes", [{"name": "a", "projected": {"sources": [TOKEN]}}]),
    Break("R07", f"{POD} volumes", [{"name": "a", "projected": {"sources": [LONG_TOKEN]}}]),
    Break("R07", "subjects", [{**EVERYBODY, "kind": "User", "name": "system:serviceaccount:a:default"}], "binding"),
    Break("N07", "spec template metadata labels istio.io/dataplane-mode", "none"),
    Break("N10", "spec rules 0 http", {"paths": [BAD_PATH]}, "ingress"),
    Break("D01", f"{SERVER} env 0", {"name": "DB_PASS", "value": "hunter2"}),
    Break("R01", "roleRef", {"kind": "ClusterRole", "name": "system:node", "apiGroup": RBAC}, "binding"),
    Break("R03", "rules 0", granting("create", "secrets"), "role"),
    Break("R04", "rules 0", granting("patch", "deployments", "apps"), "role"),
    Break("R04", "rules 0", granting("get", "services/proxy"), "role"),
    Break("R05", "rules 0", granting("impersonate:user-info", "users", "authentication.k8s.io"), "role"),
    Break("R06", "rules 0", granting("patch", "namespaces"), "role"),
    Break("N02", "spec ingress 0 from 0", {"ipBlock": {"cidr": "0.0.0.0/0"}}, "allow-clients"),
    Break("N05", "spec defaultBackend", {"service": {"name": "a", "port": {"number": 1}}}, "ingress"),
    *(
        Break("R08", "subjects", [{**EVERYBODY, "name": name}], "binding")
        for name in ("system:masters", "system:unauthenticated", "system:authenticated", "system:serviceaccounts:a")
    ),
]
WITHOUT_ALARM = [
    Break("", f"{SERVER} resources", {"requests": NO_GPU, "limits": NO_GPU}, also=(f"{POD} tolerations", REMOVED)),
    Break("", f"{SERVER} env", [{"name": "SEP_TOKEN", "value": "[SEP]"}, {"name": "MAX_TOKEN", "value": "131072"}]),
    Break("", IMAGE, f"docker.io/tensorflow/serving:2.19.1@sha512:{'0123456789abcdef' * 8}"),
    Break("", f"{POD} securityContext sysctls 0 name", "net.ipv4.tcp_slow_start_after_idle"),
    Break("", IMAGE, f"localhost:5000/server:1@{DIGEST}"),
    Break("", f"{POD} restartPolicy", "Always"),
    Break("", f"{SERVER} env", [{"name": "PASSWORD_FILE", "value": "/run/p"}, {"name": "TOKEN", "value": "$(T)"}]),
    Break("", f"{SERVER} readinessProbe httpGet path", "/v2/health/ready", also=TRITON),
]


def at_admission(change: Break) -> set[str]:
    return {rule for rule in change.rules.split() if rule in ADMISSION_RULES}


# The pack tells credentials by their looks as well, in files and on command lines; admission by a variable's name.
BY_LOOKS = {(f"{SERVER} env 0 value", "D01"), (f"{FETCH} args", "D01"), (f"{FETCH} command", "D01")}
VIOLATIONS = [
    change
    for change in [*pod_breaks.VIOLATIONS, *object_breaks.VIOLATIONS, *OF_OUR_OWN]
    if change.subject in SUBJECTS and at_admission(change) and (change.path, change.rules) not in BY_LOOKS
]
ALLOWED = [
    change for change in [*pod_breaks.ALLOWED, *object_breaks.ALLOWED, *WITHOUT_ALARM] if change.subject in SUBJECTS
]


@pytest.fixture(scope="module")
def guarded(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    registries = (*Admission().registries, "localhost:5000")
    strict = RuleLevel.MANDATORY
    admission = Admission(registries=registries, require_signature=strict, levels={"R04": strict})
    with guarded_namespace(api_client, admission) as made:
        yield made


def test_the_compliant_stack_is_accepted(guarded: GuardedNamespace) -> None:
    for name, manifest in stack().items():
        if name in SUBJECTS:
            assert guarded.create(completed(manifest)).message == "", name


def test_every_check_refuses_its_violations_in_the_words_of_the_pack(guarded: GuardedNamespace) -> None:
    wrong, reported = [], ""
    for change in VIOLATIONS:
        answer = guarded.create(completed(change.manifest()))
        reported += answer.message if answer.is_denied else ""
        unnamed = [rule for rule in at_admission(change) if f"{rule} {RULES[rule].title} (" not in answer.message]
        if answer.is_accepted or (answer.is_denied and unnamed):
            wrong.append(f"{change}: {answer.message or 'accepted'}")
    assert wrong == []
    checks = {
        (rule, check.remedy or rule.remedy)
        for theme in themes(Admission())
        for rule in theme.rules
        for check in rule.checks
    }
    silent = [(rule.id, remedy) for rule, remedy in checks if not re.search(in_a_message(rule, remedy), reported)]
    assert silent == []


def in_a_message(rule: Rule, remedy: str) -> str:
    return rf"{re.escape(f'{rule.id} {rule.title}')} \([^|]*\): {re.escape(remedy)}"


@pytest.mark.parametrize("change", ALLOWED, ids=str)
def test_no_false_alarm(guarded: GuardedNamespace, change: Break) -> None:
    answer = guarded.create(completed(change.manifest()))
    assert not answer.is_denied, answer.message


def without_parts(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every property of an object, taken away, null and, where it holds others, emptied."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        here = f"{path} {key}".strip()
        yield from ((here, REMOVED), (here, None))
        if isinstance(value, dict | list):
            yield here, type(value)()
            yield from without_parts(value, here)


def test_no_missing_property_makes_an_expression_fail(guarded: GuardedNamespace) -> None:
    """A policy whose expression fails refuses everything, whatever the reason."""
    failed, judged = [], 0
    for name in sorted(SUBJECTS):
        manifest = completed(stack()[name])
        for path, value in without_parts({key: manifest[key] for key in manifest.keys() - {"apiVersion", "kind"}}):
            answer = guarded.create(changed(manifest, path, value))
            judged += answer.is_accepted or answer.is_denied
            if "resulted in error" in answer.message:
                failed.append(f"{name} {path} {value}: {answer.message}")
    assert failed == []
    assert judged > 100


def test_titles_and_remedies_are_those_of_the_pack() -> None:
    for theme in themes(Admission()):
        for rule in theme.rules:
            of_pack = RULES[rule.id]
            assert (rule.title, rule.remedy, rule.level.value) == (of_pack.title, of_pack.remedy, of_pack.level.value)


def test_admission_has_the_rules_that_the_settings_know() -> None:
    assert {rule.id for theme in themes(Admission()) for rule in theme.rules} == set(ADMISSION_RULES)
