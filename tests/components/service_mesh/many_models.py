"""Many models in one namespace of a mesh: the program's objects of one, under as many names.

``python -m tests.components.service_mesh.many_models 1000`` states what proxies are told of so many, with the bounds
that the program sets and without them, and how long Istio's own analysis of their objects takes.
"""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kubernetes.client import CoreV1Api, V1Namespace, V1ObjectMeta, V1ServiceAccount
from kubernetes.config import new_client_from_config

from components import ModelService, ServiceMesh, ServiceMeshArgs
from inferencectl.deployer import kubernetes_objects
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.toolchain import toolchain
from settings import Caller, Exposure, Gateway, Mesh, MeshProfile, Model, ModelMesh
from tests.components.models import KEDA, PROGRESSIVE, model, service_args
from tests.components.service_mesh.discovery import Told, told
from tests.components.service_mesh.istio_processes import LABEL, Istiod, Programs, istiod
from tests.components.service_mesh.running_mesh import Ground
from tests.inferencectl.rest import Rest
from tests.waiting import soon

Manifest = dict[str, Any]

_ROUTES = ("8501", "8500")
"""Names of the routes are those of the ports."""
_SENDERS = 4
_PATIENCE_SECONDS = 600
_SHOWN = 300
_CLUSTERS = 4
"""Of a model: two Services with two ports."""


@dataclass(frozen=True, kw_only=True)
class ManyModels:
    """Models whose names are `model-0` and so on. The first is called by `shop`, the others by `lab`."""

    ground: Ground
    control: Istiod
    namespace: str
    scoped: bool

    def grow(self, count: int, of: int = 0) -> None:
        """Make so many models of those that are there; istiod knows them all afterwards."""
        rest = Rest(self.ground.api)
        made = manifests(self.namespace, range(of, count), scoped=self.scoped)
        with ThreadPoolExecutor(_SENDERS) as threads:
            list(threads.map(lambda each: rest.post(_path(each), each), made))
        self.ground.eventually(lambda: len(self.gateway().clusters) == count * _CLUSTERS)

    def add_progressive(self, name: str) -> None:
        """Add a model with a progressive release."""
        rest = Rest(self.ground.api)
        for each in _objects(self.namespace, model(name, **PROGRESSIVE)):
            if name in str(each["metadata"]):
                rest.post(_path(each), each)

    def server(self) -> Told:
        """What the proxy of a model's server is told."""
        return told(self.control, "sidecar", self.namespace, "server", _ROUTES)

    def client(self) -> Told:
        """What the proxy of a client is told that calls one model."""
        return told(self.control, "sidecar", f"{self.namespace}-shop", "frontend", _ROUTES)

    def gateway(self) -> Told:
        """What a gateway is told of the models, without its routes."""
        return told(self.control, "router", f"{self.namespace}-gateway", "public-istio", ())


def manifests(namespace: str, numbers: range, *, scoped: bool) -> Sequence[Manifest]:
    """The Services of the models and the objects of their mesh; without `scoped`, as if nobody bounded who is told.

    What is there once comes with the model of number 0.
    """

    def of_one(caller: str) -> Sequence[Mapping[str, Any]]:
        served = model("the-model", exposure=Exposure.GATEWAY, mesh=ModelMesh(callers=(caller,)))
        return _objects(namespace, served)

    of_all = [each for each in of_one("lab") if "the-model" not in json.dumps(each)]
    texts = [json.dumps([each for each in of_one(caller) if each not in of_all]) for caller in ("shop", "lab")]
    named = [json.loads(texts[min(number, 1)].replace("the-model", f"model-{number}")) for number in numbers]
    made: list[Any] = [*(of_all if 0 in numbers else ()), *(each for objects in named for each in objects)]
    return made if scoped else [_unbounded(each) for each in made if each["kind"] != "Sidecar"]


def _objects(namespace: str, served: Model) -> Sequence[Mapping[str, Any]]:
    """The Services of a model, and the mesh with this model alone."""
    shop = Caller(name="shop", namespace=f"{namespace}-shop")
    lab = Caller(name="lab", namespace=f"{namespace}-lab")
    mesh = Mesh(profile=MeshProfile.ISTIO, callers=(shop, lab))
    gateway = Gateway(name="public", namespace=f"{namespace}-gateway", hostname="models.example")
    args = service_args(served, namespace, mesh=mesh, gateway=gateway, autoscaling=KEDA)

    def program() -> None:
        ModelService("model", args)
        ServiceMesh("mesh", ServiceMeshArgs(namespace=namespace, mesh=mesh, models=[args.meshed]))

    found = [each.manifest for each in kubernetes_objects(record(program, project="inference", stack="test"))]
    return [each for each in found if each["kind"] == "Service" or "istio.io" in each["apiVersion"]]


def _unbounded(manifest: Manifest) -> Manifest:
    annotations = manifest["metadata"].get("annotations", {})
    annotations.pop("networking.istio.io/exportTo", None)
    manifest.get("spec", {}).pop("exportTo", None)
    return manifest


@contextmanager
def many_models(ground: Ground, count: int, *, scoped: bool = True) -> Iterator[ManyModels]:
    """An istiod that knows so many models."""
    own = f"mesh-{uuid.uuid4().hex[:8]}"
    accounts = {own: "server", f"{own}-istio": "istiod", f"{own}-shop": "frontend", f"{own}-gateway": "public-istio"}
    core, rest = CoreV1Api(ground.api), Rest(ground.api)
    with ExitStack() as stack:
        for name, account in accounts.items():
            core.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name, labels={LABEL: "enabled"})))
            stack.callback(core.delete_namespace, name)
            stack.callback(rest.merge, f"/api/v1/namespaces/{name}", {"metadata": {"labels": {LABEL: None}}})
            core.create_namespaced_service_account(name, V1ServiceAccount(metadata=V1ObjectMeta(name=account)))
        directory = ground.directory / own
        directory.mkdir()
        kubeconfig = ground.control_plane.kubeconfig
        control = stack.enter_context(
            istiod(ground.programs, ground.api, kubeconfig, f"{own}-istio", directory / "istiod")
        )
        ground.eventually(lambda: all(control.root(name) for name in accounts))
        ready = ManyModels(ground=ground, control=control, namespace=own, scoped=scoped)
        ready.grow(count)
        yield ready


def _path(manifest: Mapping[str, Any]) -> str:
    version, kind = manifest["apiVersion"], manifest["kind"]
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    plural = f"{kind.lower()[:-1]}ies" if kind.endswith("y") else f"{kind.lower()}s"
    return f"{group}/namespaces/{manifest['metadata']['namespace']}/{plural}"


def main(count: int) -> None:
    """State the figures."""
    tools = toolchain.ensure_tool(toolchain.ISTIO, print)
    with (
        TemporaryDirectory() as directory,
        ControlPlane(Path(directory, "control-plane"), toolchain.ensure(print)).disposable(print) as cluster,
        new_client_from_config(str(cluster.kubeconfig)) as api,
    ):
        ground = Ground(
            api=api,
            control_plane=cluster,
            programs=Programs(istio=tools, envoy=Path()),
            directory=Path(directory),
            eventually=partial(soon, limit_seconds=_PATIENCE_SECONDS),
        )
        for scoped in (True, False):
            with many_models(ground, count, scoped=scoped) as made:
                for who in (made.server, made.client, made.gateway):
                    found = who()
                    described = f"{len(found.clusters)} clusters, {found.listeners} listeners"
                    bounds = "with" if scoped else "without"
                    sys.stdout.write(f"{bounds} bounds, {who.__name__}: {found.size} bytes, {described}\n")
        file = Path(directory, "stack.yaml")
        objects = manifests("models", range(count), scoped=True)
        file.write_text("---\n".join(f"{json.dumps(each)}\n" for each in objects), encoding="utf-8")
        began = time.monotonic()
        command = [tools / "istioctl", "analyze", "--all-namespaces", "--use-kube=false", file]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        took = time.monotonic() - began
        sys.stdout.write(f"istioctl analyze: {took:.1f} s, {(found.stdout + found.stderr)[:_SHOWN]}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
