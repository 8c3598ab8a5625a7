"""A sandbox with a real node for tests: one for the whole run, in one worker; tests use namespaces of their own."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node import prerequisites
from inferencectl.sandbox.node.parts import NODE_ROOT
from inferencectl.sandbox.node.real_node import RealNode
from inferencectl.sandbox.nodes import Nodes, with_real_node
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.sandbox.node.machine import Machine

READY_SECONDS = 60
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
Manifest = Mapping[str, Any]


def _silent(_message: str) -> None:
    pass


@pytest.fixture(scope="session")
def real_nodes(tmp_path_factory: pytest.TempPathFactory) -> Nodes:
    """What a sandbox with a real node is started with; the test is skipped where the machine cannot run one."""
    directory = tmp_path_factory.mktemp("real-node")
    missing = prerequisites.lacks(prerequisites.of_this_machine(directory))
    if missing:
        pytest.skip("this machine cannot run a real node: " + "; ".join(each.what for each in missing))
    return with_real_node(directory, _silent)


@pytest.fixture(scope="session")
def node_root(real_nodes: Nodes) -> Path:
    """The directory of the node's root file system."""
    return NODE_ROOT.directory(cache_directory(), _silent)


@pytest.fixture(scope="session")
def python_image(real_nodes: Nodes) -> LocalImage:
    """An image with Python, which most pods of the tests run."""
    return ensure_images(("python",), _silent)["python"]


@pytest.fixture(scope="session")
def machine_before(node_root: Path) -> Machine:
    """The machine before the first node of the run."""
    return Machine.seen(node_root)


@pytest.fixture(scope="session")
def live_plane(
    real_nodes: Nodes, tools: Toolchain, machine_before: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """A running sandbox with a real node; whoever stops something starts it again."""
    plane = ControlPlane(tmp_path_factory.mktemp("live") / "sandbox", tools, nodes=real_nodes)
    with plane.disposable(_silent):
        yield plane


@dataclass(frozen=True, kw_only=True)
class Live:
    """A namespace on a sandbox with a real node."""

    plane: ControlPlane
    kubectl: Kubectl
    namespace: str
    python: str
    """The image with Python, as pods name it."""

    @property
    def node(self) -> RealNode:
        """The real node."""
        node = self.plane.real_node
        assert node is not None
        return node

    def apply(self, *manifests: Manifest) -> None:
        """Applies manifests to the namespace."""
        self.run(
            "apply", "-f", "-", standard_input=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        )

    def run(self, *arguments: str, standard_input: str = "") -> str:
        """What kubectl prints, in the namespace; raises SandboxError."""
        return self.kubectl.run(f"--namespace={self.namespace}", *arguments, standard_input=standard_input)

    def get(self, what: str) -> Any:
        """An object, such as `pod/client`."""
        return json.loads(self.run("get", what, "--output=json"))

    def python_in(self, pod: str, script: str) -> str:
        """What a Python script prints that is run in a pod; raises SandboxError if it fails."""
        return self.run("exec", pod, "--", "python3", "-c", script).strip()

    def fetch(self, pod: str, url: str) -> str:
        """The answer to an HTTP request from a pod, or the name of the exception where there is none."""
        script = f"import urllib.request as r\ntry: print(r.urlopen({url!r}, timeout=3).read().decode())\n"
        return self.python_in(pod, script + "except Exception as e: print(type(getattr(e, 'reason', e)).__name__)")

    def is_answered(self, pod: str, url: str, answer: str) -> bool:
        """Whether a request from a pod gets this answer; not so while the pod itself cannot be reached."""
        try:
            return self.fetch(pod, url) == answer
        except SandboxError:
            return False

    def may(self, user: str, group: str, verb: str, resource: str) -> bool:
        """Whether a user of a group may do something in every namespace."""
        attributes = {"verb": verb, "resource": resource}
        spec = {"user": user, "groups": ["system:authenticated", *([group] if group else [])]}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
        text = json.dumps({**review, "spec": {**spec, "resourceAttributes": attributes}})
        answer = self.kubectl.run("create", "--filename=-", "--output=json", standard_input=text)
        return json.loads(answer)["status"]["allowed"]

    def wait_for_pods(self, *names: str) -> None:
        """Waits until the pods are Ready."""
        pods = (f"pod/{name}" for name in names)
        self.run("wait", "--for=condition=Ready", f"--timeout={READY_SECONDS}s", *pods)

    def pod(self, name: str, script: str = "import time; time.sleep(3600)", **container: Any) -> Manifest:
        """A pod that runs a Python script under the restricted Pod Security standard, labelled with its name."""
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": {"app": name}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 10001,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "main",
                        "image": self.python,
                        "command": ["python3", "-u", "-c", script],
                        "securityContext": RESTRICTED,
                        **container,
                    }
                ],
            },
        }

    def server(self, name: str) -> tuple[Manifest, Manifest]:
        """A pod that answers `GET /` on port 8080 with its name, and a Service of that name on port 80."""
        script = f"""
import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write({name.encode()!r})
http.server.ThreadingHTTPServer(("", 8080), Answer).serve_forever()
"""
        probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
        spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
        return self.pod(name, script, readinessProbe=probe), service


@pytest.fixture
def live(live_plane: ControlPlane, python_image: LocalImage, tools: Toolchain) -> Iterator[Live]:
    """A namespace of its own on the running sandbox, with the Python image on the node."""
    cluster = live_plane.start(_silent)
    kubectl = Kubectl(executable=tools.kubectl, kubeconfig=cluster.kubeconfig)
    made = Live(plane=live_plane, kubectl=kubectl, namespace=f"test-{uuid.uuid4().hex[:8]}", python=python_image.pinned)
    made.node.import_images([python_image], _silent)
    kubectl.run("create", "namespace", made.namespace)
    made.run("wait", "--for=create", "serviceaccount/default", f"--timeout={READY_SECONDS}s")
    yield made
    kubectl.run("delete", "namespace", made.namespace, "--wait=false")
