"""A model in a real mesh: istiod, the proxy of the model's pod, and the component's objects in the control plane."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi
from kubernetes.client import ApiClient, CoreV1Api, V1Namespace, V1ObjectMeta, V1ServiceAccount

from components import MeshedModel, ServiceMesh, ServiceMeshArgs
from inferencectl.deployer import kubernetes_objects
from inferencectl.deployer.resources import Resources
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from settings import Caller, Gateway, Mesh, MeshProfile, Model, TokenIssuer
from settings.cluster.access_logs import AccessLogs
from tests.components.models import service_args
from tests.components.service_mesh.istio_processes import LABEL, Istiod, Programs, istiod, sidecar
from tests.components.service_mesh.meshed_proxy import Meshed, scraped

Eventually = Callable[[Callable[[], object]], object]
Callers = Callable[[str], Sequence[Caller]]
"""The callers of a mesh, given the namespace of those that are pods."""

ACCOUNTS = {
    "shop": ("shop", "frontend"),
    "another account of shop": ("shop", "backend"),
    "gateway": ("gateway", "public-istio"),
    "another pod of the gateway's namespace": ("gateway", "other"),
    "the model itself": ("", "guarded"),
}
"""Who can ask, by namespace, whose name begins with that of the model's, and ServiceAccount."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a mesh runs on."""

    api: ApiClient
    control_plane: Cluster
    programs: Programs
    directory: Path
    eventually: Eventually


@contextmanager
def running_mesh(
    ground: Ground,
    served: Model,
    *,
    issuers: Sequence[TokenIssuer],
    callers: Callers,
    servers: Mapping[str, int],
    http_paths: Sequence[str] = (),
    trust_domain: str = "cluster.local",
    access_logs: AccessLogs | None = None,
) -> Iterator[Meshed]:
    """The model `guarded` behind its proxy, whose port for `HTTP` or `GRPC` leads to the one in `servers`.

    The mesh is in ``trust_domain``, which its settings leave at the default.
    """
    own = f"mesh-{uuid.uuid4().hex[:8]}"
    ports = free_ports(3)
    with ExitStack() as stack:
        for name in _namespaces(own):
            _make_namespace(ground.api, name, stack)
        mesh = Mesh(
            profile=MeshProfile.ISTIO,
            issuers=tuple(issuers),
            callers=tuple(callers(f"{own}-shop")),
            access_logs=access_logs,
        )
        gateway = Gateway(name="public", namespace=f"{own}-gateway", hostname="models.example")
        meshed = service_args(served, own, mesh=mesh, gateway=gateway).meshed
        meshed = replace(meshed, http_port=ports[0], grpc_port=ports[1], http_paths=(*meshed.http_paths, *http_paths))
        _apply(ground.api, ServiceMeshArgs(namespace=own, mesh=mesh, models=[meshed]), meshed, ports, servers)
        control = stack.enter_context(
            istiod(
                ground.programs,
                ground.api,
                ground.control_plane.kubeconfig,
                f"{own}-istio",
                ground.directory / "istiod",
                trust_domain=trust_domain,
            )
        )
        ground.eventually(lambda: all(control.root(name) for name in _namespaces(own)))
        agent = stack.enter_context(
            sidecar(
                control,
                namespace=own,
                account="guarded",
                labels=meshed.labels,
                scrape=scraped(servers["HTTP"]),
                directory=ground.directory / "proxy",
            )
        )
        ready = _meshed(ground, control, own, ports, agent)
        ground.eventually(lambda: ready.status("shop") is not None)
        yield ready


def _namespaces(own: str) -> Sequence[str]:
    return (own, f"{own}-istio", *(f"{own}-{name}" for name in ("shop", "gateway")))


def _make_namespace(api: ApiClient, name: str, stack: ExitStack) -> None:
    core = CoreV1Api(api)
    core.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name, labels={LABEL: "enabled"})))
    stack.callback(core.delete_namespace, name)
    for namespace, account in ACCOUNTS.values():
        if namespace == "-".join(name.split("-")[2:]):
            core.create_namespaced_service_account(name, V1ServiceAccount(metadata=V1ObjectMeta(name=account)))


def _meshed(ground: Ground, control: Istiod, own: str, ports: Sequence[int], agent: int) -> Meshed:
    certificates = {
        who: control.certificate(ground.directory, f"{own}-{namespace}".removesuffix("-"), account)
        for who, (namespace, account) in ACCOUNTS.items()
    }
    return Meshed(
        api=ground.api,
        namespace=own,
        http_port=ports[0],
        grpc_port=ports[1],
        other_port=ports[2],
        agent_port=agent,
        log=ground.directory / "proxy" / "log",
        certificates=certificates,
    )


def _apply(
    api: ApiClient, args: ServiceMeshArgs, meshed: MeshedModel, ports: Sequence[int], servers: Mapping[str, int]
) -> None:
    """The component's objects, and that the proxy listens by itself."""

    def program() -> None:
        ServiceMesh("mesh", args, pulumi.ResourceOptions())

    resources = Resources(api)
    for item in kubernetes_objects(record(program, project="inference", stack="test")):
        resources.apply(item.manifest)
    ingress = [
        _listening(port, protocol, servers.get(protocol, servers["HTTP"]))
        for port, protocol in zip(ports, ("HTTP", "GRPC" if "GRPC" in servers else "HTTP", "HTTP"), strict=True)
    ]
    spec = {"workloadSelector": {"labels": dict(meshed.labels)}, "ingress": ingress, "egress": [{"hosts": ["~/*"]}]}
    metadata = {"name": "listening", "namespace": args.namespace}
    resources.apply({"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": metadata, "spec": spec})


def _listening(port: int, protocol: str, server: int) -> Mapping[str, Any]:
    return {
        "port": {"number": port, "name": f"{protocol.lower()}-{port}", "protocol": protocol},
        "bind": LOOPBACK,
        "captureMode": "NONE",
        "defaultEndpoint": f"{LOOPBACK}:{server}",
    }
