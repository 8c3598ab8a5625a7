"""M04: Kubernetes can determine whether a container works."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rule import Rule, Severity, Violation, all_of, for_containers, for_pods
from workloads import Container, ContainerKind, Pod


@dataclass(frozen=True, kw_only=True)
class RuntimeProbes:
    """What a serving runtime's probes must look like, by the image that runs it."""

    image: re.Pattern[str]
    readiness_path: re.Pattern[str]
    example: str
    has_grpc_health: bool


# TensorFlow Serving answers GET /v1/models/X with 200 in every state, LOADING included; only a version's metadata needs
# the loaded model. Its gRPC health service is off unless asked for, and never changes. Triton: its health extension.
# TorchServe reports the health of its workers, and has no gRPC health service.
RUNTIMES = (
    RuntimeProbes(
        image=re.compile(r"(^|/)tensorflow[-_/]serving"),
        readiness_path=re.compile(r"/v1/models/[^/]+/versions/\d+/metadata"),
        example="/v1/models/NAME/versions/N/metadata",
        has_grpc_health=False,
    ),
    RuntimeProbes(
        image=re.compile(r"(^|/)tritonserver"),
        readiness_path=re.compile(r"/v2/(?:health/ready|models/[^/]+(?:/versions/\d+)?/ready)"),
        example="/v2/health/ready",
        has_grpc_health=True,
    ),
    RuntimeProbes(
        image=re.compile(r"(^|/)torchserve"),
        readiness_path=re.compile(r"/ping"),
        example="/ping",
        has_grpc_health=False,
    ),
)

_ALL_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_KEEPS_RUNNING = ("readinessProbe", "livenessProbe")


def _has_probes(container: Container) -> Iterator[Violation]:
    for field in _needed_probes(container):
        probe = container.node.get(field)
        if not probe.is_set():
            yield Violation.of(probe, f"Set {field}.")


def _needed_probes(container: Container) -> tuple[str, ...]:
    """A container without ports serves nothing that a probe could ask, and what ends by itself is never waited for."""
    if not container.node.get("ports").items() or container.pod.runs_to_completion():
        return ()
    if container.kind is ContainerKind.APP and container.pod.is_model_server():
        return _ALL_PROBES
    if container.pod.is_custom() or not (container.kind is ContainerKind.APP or container.is_sidecar()):
        return ()
    return _KEEPS_RUNNING


def _model_server_has_port(pod: Pod) -> Iterator[Violation]:
    if not pod.is_model_server() or pod.runs_to_completion():
        return
    if not any(container.node.get("ports").items() for container in pod.containers(ContainerKind.APP)):
        yield Violation(pod.spec.get("containers").path, "no port", "Set ports of the container that serves the model.")


def _probes_fit_runtime(container: Container) -> Iterator[Violation]:
    runtime = _runtime(container)
    if runtime is None:
        return
    readiness = container.node.get("readinessProbe")
    path = readiness.get("httpGet").get("path")
    if readiness.is_set() and not runtime.readiness_path.fullmatch(path.text() or ""):
        yield Violation.of(path, f"Set readinessProbe.httpGet.path to {runtime.example}.")
    if not runtime.has_grpc_health:
        yield from _grpc_probes(container)


def _grpc_probes(container: Container) -> Iterator[Violation]:
    for field in _ALL_PROBES:
        grpc = container.node.get(field).get("grpc")
        if grpc.is_set():
            yield Violation.of(grpc, f"Replace {field}.grpc with httpGet: the runtime's gRPC health is not reliable.")


def _runtime(container: Container) -> RuntimeProbes | None:
    """The runtime of a container that serves models in a pod that says so."""
    if not container.pod.is_model_server():
        return None
    image = container.node.get("image").text() or ""
    return next((runtime for runtime in RUNTIMES if runtime.image.search(image)), None)


RULES = (
    Rule(
        id="M04",
        title="Containers have probes that fit their runtime",
        why="Without probes, Kubernetes sends requests to a server that has not loaded its model, and never restarts "
        "one that hangs. Some paths lie: TensorFlow Serving's model status answers 200 while the model still "
        "loads.",
        severity=Severity.MEDIUM,
        remedy="Set startupProbe, readinessProbe and livenessProbe as the runtime needs them.",
        check=all_of(
            for_containers(_has_probes, _probes_fit_runtime, kinds=(ContainerKind.INIT, ContainerKind.APP)),
            for_pods(_model_server_has_port),
        ),
    ),
)
