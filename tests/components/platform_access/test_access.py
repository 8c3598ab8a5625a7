"""People in their roles at work: what each is there for succeeds, and what is not theirs is refused."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from kubernetes.client import ApiClient

from components import ModelService
from inferencectl.deployer import KubernetesObject, kubernetes_objects, plain_objects
from inferencectl.deployer.resources import Resources
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from tests.components.examples import EXAMPLES
from tests.components.image_builds.image_builds import IMAGE_BUILDS
from tests.components.models import GPU, MODELS, SMALL, model, service_args
from tests.components.platform_access.people import ROLES, People, people
from tests.inferencectl.deployer import manifests
from tests.inferencectl.rest import Rest, deployments
from tests.inferencectl.stacks import Stack

Eventually = Callable[[Callable[[], object]], object]

NETWORK = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"
MESH_POLICIES = "/apis/security.istio.io/v1/namespaces/{}/authorizationpolicies"
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/{}"
CORE = "/api/v1/namespaces/{}"
POD = {"metadata": {"name": "intruder"}, "spec": {"containers": [{"name": "main", "image": "image.example/main"}]}}
BINDING = {
    "metadata": {"name": "intruder"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "deployer"}],
}
TOKEN = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
EPHEMERAL = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "image.example/shell"}]}}
RULE = {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
LABEL = {"metadata": {"labels": {"intruder": "true"}}}


@pytest.fixture(scope="module")
def crowd(api_client: ApiClient) -> Iterator[People]:
    with people(api_client) as found:
        yield found


def model_objects(kind: str, namespace: str) -> tuple[KubernetesObject, ...]:
    """A model of one of the contract's kinds, in ``namespace``."""
    fields = {"resources": "gpu"} if kind == "gpu" else MODELS[kind]

    def program() -> None:
        args = service_args(model(f"model-{kind}", **fields), namespace, resources=GPU if kind == "gpu" else SMALL)
        ModelService(f"model-{kind}", args, pulumi.ResourceOptions())

    return kubernetes_objects(record(program, project="inference", stack="test"))


def is_refused(request: Callable[[], object]) -> bool:
    try:
        request()
    except AssertionError as error:
        return '"code":403' in str(error)
    return False


@pytest.mark.parametrize("kind", [*MODELS, "gpu"])
def test_a_deployer_brings_a_model_up_changes_it_and_takes_it_away(crowd: People, kind: str) -> None:
    resources = Resources(crowd.client("deployer"))
    objects = model_objects(kind, crowd.namespace)
    for _ in ("made", "changed"):
        for item in objects:
            resources.apply(item.manifest)
    for item in reversed(objects):
        resources.delete(item.key, "Background")


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("post", f"{RBAC}/rolebindings", BINDING),
        ("merge", f"{RBAC}/roles/access-model-deployer", RULE),
        ("delete", f"{RBAC}/rolebindings/access-viewer", None),
        ("get", f"{CORE}/secrets", None),
        ("get", f"{CORE}/secrets/model-storage", None),
        ("post", f"{CORE}/secrets", {"metadata": {"name": "intruder"}}),
        ("post", f"{CORE}/pods", POD),
        ("merge", f"{CORE}/resourcequotas/models", {"spec": {"hard": {"pods": "1000"}}}),
        ("delete", f"{CORE}/limitranges/models", None),
        ("merge", CORE, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}),
        ("delete", CORE, None),
        ("post", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "intruder"}}),
        ("get", "/api/v1/namespaces/default/pods", None),
        ("get", "/api/v1/nodes", None),
    ],
)
def test_a_deployer_is_refused(crowd: People, verb: str, path: str, body: object) -> None:
    rest, path = Rest(crowd.client("deployer")), path.format(crowd.namespace)
    request = getattr(rest, verb)
    assert is_refused(lambda: request(path, body) if body else request(path))


def test_a_deployers_privileged_pods_do_not_start(crowd: People, eventually: Eventually) -> None:
    containers = [{"name": "main", "image": "image.example/main", "securityContext": {"privileged": True}}]
    intruder = manifests.deployment(crowd.namespace, "intruder", pod_spec={"containers": containers})
    Resources(crowd.client("deployer")).apply(intruder.manifest)

    def refusals() -> list[dict[str, Any]]:
        status = Rest(crowd.api).get(f"{deployments(crowd.namespace)}/intruder")["status"]
        return [each for each in status.get("conditions", ()) if "violates PodSecurity" in each["message"]]

    eventually(refusals)


def test_a_deployer_opens_a_model_but_not_the_namespace(crowd: People, eventually: Eventually) -> None:
    deployer, administrator = Rest(crowd.client("deployer")), Rest(crowd.api)
    policies = NETWORK.format(crowd.namespace)
    for name in ("default-deny", "allow-dns"):
        # The API server takes an admission policy into account a moment after it was made.
        eventually(lambda name=name: is_refused(lambda: deployer.merge(f"{policies}/{name}", LABEL)))
        with pytest.raises(AssertionError, match="who may not delete its quota may not change them"):
            deployer.delete(f"{policies}/{name}")
        administrator.merge(f"{policies}/{name}", LABEL)
    own = {"metadata": {"name": "own"}, "spec": {"podSelector": {"matchLabels": {"app": "own"}}}}
    deployer.post(policies, own)
    deployer.merge(f"{policies}/own", LABEL)
    deployer.delete(f"{policies}/own")


def test_a_deployer_opens_a_model_of_a_mesh_but_not_all_of_it(crowd: People, eventually: Eventually) -> None:
    deployer, administrator = Rest(crowd.client("deployer")), Rest(crowd.api)
    policies = MESH_POLICIES.format(crowd.namespace)
    kind = {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy"}
    administrator.post(policies, {**kind, "metadata": {"name": "mesh-default-deny"}, "spec": {}})
    eventually(lambda: is_refused(lambda: deployer.merge(f"{policies}/mesh-default-deny", LABEL)))
    with pytest.raises(AssertionError, match="mesh-default-deny close the namespace"):
        deployer.delete(f"{policies}/mesh-default-deny")
    own = {**kind, "metadata": {"name": "own"}, "spec": {"selector": {"matchLabels": {"app": "own"}}}}
    deployer.post(policies, own)
    deployer.merge(f"{policies}/own", LABEL)
    deployer.delete(f"{policies}/own")
    authentication = policies.replace("authorizationpolicies", "peerauthentications")
    opened = {**kind, "kind": "PeerAuthentication", "metadata": {"name": "open"}, "spec": {}}
    assert is_refused(lambda: deployer.post(authentication, opened))


def test_an_operator_scales_and_restarts_what_runs_but_does_not_change_it(
    crowd: People, eventually: Eventually
) -> None:
    operator, namespace = Rest(crowd.client("operator")), crowd.namespace
    security = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    closed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    containers = [{"name": "main", "image": "image.example/main", "securityContext": closed}]
    pod_spec = {"securityContext": security, "containers": containers}
    Resources(crowd.api).apply(manifests.deployment(namespace, "served", pod_spec=pod_spec).manifest)
    served = f"{deployments(namespace)}/served"

    def running() -> set[str]:
        pods = operator.items(f"{CORE.format(namespace)}/pods?labelSelector=app=served").values()
        return {pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] == "Running"}

    operator.merge(f"{served}/scale", {"spec": {"replicas": 2}})
    eventually(lambda: len(running()) == 2)
    first, second = before = running()
    operator.delete(f"{CORE.format(namespace)}/pods/{first}")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": second}}
    operator.post(f"{CORE.format(namespace)}/pods/{second}/eviction", eviction)
    eventually(lambda: len(running() - before) == 2)
    assert is_refused(lambda: operator.merge(served, LABEL))
    assert is_refused(lambda: operator.merge("/api/v1/nodes/cpu-sandbox-a", {"spec": {"unschedulable": True}}))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("post", f"{CORE}/pods/any/exec?command=sh", None),
        ("get", f"{CORE}/pods/any/exec?command=sh", None),
        ("post", f"{CORE}/pods/any/attach", None),
        ("post", f"{CORE}/pods/any/portforward?ports=8501", None),
        ("merge", f"{CORE}/pods/any/ephemeralcontainers", EPHEMERAL),
        ("get", f"{CORE}/pods/any/proxy/", None),
        ("get", f"{CORE}/services/any/proxy/", None),
        ("post", f"{CORE}/serviceaccounts/default/token", TOKEN),
        ("get", "/api/v1/nodes/cpu-sandbox-a/proxy/pods", None),
        ("post", f"{RBAC}/rolebindings", BINDING),
        ("merge", f"{RBAC}/roles/access-viewer", RULE),
        ("get", f"{CORE}/secrets", None),
    ],
)
def test_nobody_escalates(crowd: People, role: str, verb: str, path: str, body: object) -> None:
    rest, path = Rest(crowd.client(role)), path.format(crowd.namespace)
    request = getattr(rest, verb)
    assert is_refused(lambda: request(path) if verb == "get" else request(path, body))


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_viewers_and_auditors_read_every_kind_that_the_stacks_have(crowd: People, name: str) -> None:
    kinds = {item.key.group_kind: item.key for item in Stack(crowd.api, name, crowd.namespace).objects()}
    viewer, auditor = Resources(crowd.client("viewer")), Resources(crowd.client("auditor"))
    for kind, key in kinds.items():
        list(auditor.all_like(key))
        if key.namespace and not kind.endswith(".rbac.authorization.k8s.io"):
            list(viewer.all_like(key))


@pytest.mark.parametrize("example", sorted(EXAMPLES.keys() - IMAGE_BUILDS.keys()))
def test_auditors_read_every_kind_that_a_component_makes(crowd: People, example: str) -> None:
    """Pools, autoscalers and classes among them, of which the committed stacks have none."""

    def program() -> None:
        EXAMPLES[example]("one", crowd.namespace, pulumi.ResourceOptions())

    objects = plain_objects(record(program, project="inference", stack="test"))
    # What is made in a namespace of its own is for the auditors of that.
    keys = {item.key.group_kind: item.key for item in objects if item.key.namespace in ("", None, crowd.namespace)}
    auditor = Resources(crowd.client("auditor"))
    for key in keys.values():
        list(auditor.all_like(key))


def test_a_viewer_gets_all_and_deletes_nothing(crowd: People, control_plane: Cluster, tools: Toolchain) -> None:
    who = ["--as=viewer", f"--as-group={crowd.group('viewer')}", f"--namespace={crowd.namespace}"]
    kubectl = [str(tools.kubectl), f"--kubeconfig={control_plane.kubeconfig}", *who]
    shown = subprocess.run([*kubectl, "get", "all,events,networkpolicies"], check=False, capture_output=True, text=True)
    assert (shown.returncode, shown.stderr) == (0, "")
    refused = subprocess.run([*kubectl, "delete", "resourcequota", "models"], check=False, capture_output=True)
    assert b"forbidden" in refused.stderr
