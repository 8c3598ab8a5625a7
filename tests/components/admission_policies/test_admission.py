"""The admission policies at work: whom they stop, whom they let pass, and how a stack softens them."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from settings import Admission, AdmissionAction, AdmissionExemption
from tests.inferencectl.rest import Rest
from tests.policies.admission import GuardedNamespace, guarded_namespace, policies
from tests.policies.manifests import Manifest, changed

Eventually = Callable[[Callable[[], object]], object]

PRIVILEGED = "P01 Containers are not privileged (container server): Set securityContext.privileged to false"
ADMISSION = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
EXEMPT = "server"
CONTEXT = "spec template spec containers 0 securityContext"


def template(**fields: Any) -> dict[str, Any]:
    """A pod that keeps every rule and needs little."""
    bounds = {"cpu": "10m", "memory": "16Mi"}
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    container = {
        "name": "server",
        "image": f"registry.k8s.io/pause:3.10@sha256:{'1' * 64}",
        "resources": {"requests": bounds, "limits": bounds},
        "securityContext": context,
    }
    spec = {
        "serviceAccountName": "account",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    return {"metadata": {"labels": {"app": "server"}}, "spec": {**spec, **fields}}


def pod(name: str = "server") -> Manifest:
    made = template()
    return {"apiVersion": "v1", "kind": "Pod", **made, "metadata": {**made["metadata"], "name": name}}


def deployment(name: str = "server") -> Manifest:
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "server"}}, "template": template()}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def account() -> Manifest:
    metadata = {"name": "account"}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False}


def in_place(manifest: Manifest, guarded: GuardedNamespace) -> Manifest:
    return changed(manifest, "metadata namespace", guarded.namespace)


@pytest.fixture(scope="module")
def guarded(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    """A namespace under the strict defaults, with an account for pods."""
    with guarded_namespace(api_client, Admission()) as made:
        assert made.create(account(), dry_run=False).is_accepted
        yield made


@pytest.fixture(scope="module")
def exempting(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    """A namespace in which the Deployment and the CronJob with one name need no read-only root."""
    with guarded_namespace(api_client, Admission()) as made:
        names = [f"{kind}/{made.namespace}/{EXEMPT}" for kind in ("Deployment", "CronJob")]
        made.use(Admission(exemptions=tuple(AdmissionExemption(rule="P16", resource=name) for name in names)))
        assert made.create(account(), dry_run=False).is_accepted
        yield made


@pytest.fixture
def rest(api_client: ApiClient) -> Rest:
    return Rest(api_client)


def test_the_api_server_finds_no_fault_in_the_policies(
    guarded: GuardedNamespace, rest: Rest, eventually: Eventually
) -> None:
    names = {item.key.name for item in policies(guarded.namespace, Admission())}
    assert len(names) == 5

    def checked() -> list[dict[str, Any]]:
        found = [item for name, item in rest.items(ADMISSION).items() if name in names]
        return [item["status"] for item in found if "typeChecking" in item.get("status", {})]

    eventually(lambda: len(checked()) == len(names))
    assert [status["typeChecking"] for status in checked()] == [{}] * len(names)


def test_applying_a_privileged_pod_is_reported_with_why_it_is_refused(
    guarded: GuardedNamespace, tools: Toolchain, control_plane: Cluster, namespace: str
) -> None:
    privileged = changed(pod(), "spec containers 0 securityContext", {"privileged": True})

    def kubectl_apply(into: str) -> subprocess.CompletedProcess[str]:
        command = [str(tools.kubectl), f"--kubeconfig={control_plane.kubeconfig}", "apply", "--dry-run=server"]
        placed = json.dumps(changed(privileged, "spec serviceAccountName", "default"))
        return subprocess.run(
            [*command, "-n", into, "-f", "-"], input=placed, capture_output=True, text=True, check=False
        )

    refused = kubectl_apply(guarded.namespace)
    assert refused.returncode == 1
    assert PRIVILEGED in refused.stderr
    elsewhere = kubectl_apply(namespace)
    assert (elsewhere.returncode, elsewhere.stderr) == (0, "")


def test_what_keeps_the_rules_is_accepted(guarded: GuardedNamespace) -> None:
    for manifest in (pod(), deployment()):
        answer = guarded.create(manifest)
        assert (answer.message, answer.warnings) == ("", "")


def test_a_debugging_container_keeps_the_rules_as_well(guarded: GuardedNamespace) -> None:
    assert guarded.create(pod(), dry_run=False).is_accepted

    def attach(**context: Any) -> str:
        own = {key: value for key, value in template()["spec"]["containers"][0].items() if key != "resources"}
        debugger = {**own, "name": "debugger", "securityContext": {**own["securityContext"], **context}}
        patch = {"spec": {"ephemeralContainers": [debugger]}}
        return guarded.change(in_place(pod(), guarded), patch, "ephemeralcontainers").message

    assert attach() == ""
    assert "P11 Containers drop all capabilities (container debugger)" in attach(capabilities={})


def test_what_kubernetes_makes_in_every_namespace_is_let_pass(
    guarded: GuardedNamespace, rest: Rest, eventually: Eventually
) -> None:
    accounts = f"/api/v1/namespaces/{guarded.namespace}/serviceaccounts"
    eventually(lambda: "default" in rest.items(accounts))
    before = rest.get(f"{accounts}/default")["metadata"]["uid"]
    rest.delete(f"{accounts}/default")
    eventually(lambda: rest.items(accounts).get("default", {"metadata": {"uid": before}})["metadata"]["uid"] != before)


def test_what_was_there_before_is_judged_when_it_changes(
    api_client: ApiClient, rest: Rest, eventually: Eventually, namespace: str
) -> None:
    guarded = GuardedNamespace(api_client, namespace)
    writable = in_place(changed(deployment(), f"{CONTEXT} readOnlyRootFilesystem", False), guarded)
    held = in_place(changed(pod("held"), "metadata finalizers", ["inference.example/held"]), guarded)
    held = changed(held, "spec containers 0 image", "pause")
    for manifest in (account(), writable, held):
        assert guarded.create(manifest, dry_run=False).is_accepted
    pods = f"/api/v1/namespaces/{namespace}/pods"
    eventually(lambda: len(rest.items(pods)) == 2)
    guarded.use(Admission())
    try:
        assert guarded.change(writable, {"metadata": {"annotations": {"a": "b"}}}).is_accepted
        assert guarded.change(writable, {"spec": {"replicas": 2}}).is_accepted
        marked = guarded.change(writable, {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}})
        assert "P16" in marked.message
        # The controllers of the ReplicaSet and of the pods still do what they are there for.
        assert guarded.change(writable, {"spec": {"replicas": 0}}, dry_run=False).is_accepted
        eventually(lambda: rest.items(pods).keys() == {"held"})
        assert guarded.change(held, {"metadata": {"finalizers": None}}, dry_run=False).is_accepted
        rest.delete(f"{pods}/held")
        eventually(lambda: rest.items(pods) == {})
    finally:
        guarded.use_nothing()


def test_a_stack_may_be_warned_only(api_client: ApiClient, eventually: Eventually) -> None:
    privileged = changed(pod(), "spec containers 0 securityContext", {"privileged": True})
    with guarded_namespace(api_client, Admission(action=AdmissionAction.WARN)) as warned:
        assert warned.create(account(), dry_run=False).is_accepted
        eventually(lambda: warned.create(pod()).is_accepted)
        answer = warned.create(privileged)
        assert answer.is_accepted
        assert PRIVILEGED in answer.warnings
        warned.use(Admission(action=AdmissionAction.NONE))
        eventually(lambda: warned.create(privileged).warnings == "")


def test_without_an_action_there_is_no_policy() -> None:
    assert policies("models", Admission(action=AdmissionAction.NONE)) == ()


class TestExemptions:
    """What may break a rule, in the names that nobody knows before as well."""

    @pytest.fixture
    def writable(self) -> Manifest:
        return changed(deployment(), f"{CONTEXT} readOnlyRootFilesystem", False)

    def test_only_the_named_resource_may_break_only_that_rule(
        self, exempting: GuardedNamespace, writable: Manifest, eventually: Eventually
    ) -> None:
        eventually(lambda: exempting.create(writable).is_accepted)
        assert "P16" in exempting.create(changed(writable, "metadata name", "another")).message
        assert "P12" in exempting.create(changed(writable, f"{CONTEXT} allowPrivilegeEscalation", True)).message

    def test_its_pods_come_up_and_nobody_else_passes_for_one(
        self, exempting: GuardedNamespace, writable: Manifest, rest: Rest, eventually: Eventually
    ) -> None:
        eventually(lambda: exempting.create(writable).is_accepted)
        assert exempting.create(writable, dry_run=False).is_accepted
        pods = f"/api/v1/namespaces/{exempting.namespace}/pods"
        eventually(lambda: len(rest.items(pods)) == 1)
        (made,) = rest.items(pods).values()
        impostor = changed(pod(), "metadata ownerReferences", made["metadata"]["ownerReferences"])
        impostor = changed(impostor, "spec containers 0 securityContext readOnlyRootFilesystem", False)
        assert "P16" in exempting.create(impostor).message

    def test_a_cron_jobs_jobs_are_let_pass(self, exempting: GuardedNamespace, eventually: Eventually) -> None:
        owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": EXEMPT, "uid": "1", "controller": True}
        spec = {
            "template": changed(
                template(restartPolicy="Never"), "spec containers 0 securityContext readOnlyRootFilesystem", False
            )
        }
        metadata = {"name": f"{EXEMPT}-29000000", "ownerReferences": [owner]}
        job: Manifest = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
        controller = "system:serviceaccount:kube-system:cronjob-controller"
        eventually(lambda: exempting.create(job, user=controller).is_accepted)
        assert "P16" in exempting.create(job).message
        of_job = changed(pod(), "metadata ownerReferences", [{**owner, "kind": "Job", "name": metadata["name"]}])
        of_job = changed(of_job, "spec containers 0 securityContext readOnlyRootFilesystem", False)
        assert exempting.create(of_job, user="system:serviceaccount:kube-system:job-controller").message == ""
