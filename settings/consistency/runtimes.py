"""Capabilities of the runtimes. A setting that a runtime does not support is rejected, never ignored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from settings.consistency.server_issues import server_issues
from settings.gpu.devices import Devices
from settings.model.model import Model, Warmup
from settings.model.triton import Backend
from settings.validation.issues import MISSING, Issue

TENSORFLOW_SERVING, TORCHSERVE, TRITON = "tensorflow-serving", "torchserve", "triton"
_MICROS_PER_MILLISECOND = 1000


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """Capabilities that not every runtime has.

    ``counts_failures``: its metrics tell failed requests of both protocols from those that were answered.
    ``bounds_gpu_memory``: a server respects its share of a time-sliced card. ``latency_histogram``: its metrics have
    one, without which there is no quantile over several pods. ``protocol``: what ``verification`` speaks to it; empty
    for a server whose handler defines its own. ``refused_in_names``: what a name in requests may not contain, beside
    what none may.
    """

    version_labels: bool = False
    allowed_batch_sizes: bool = False
    warmup: bool = False
    latency_histogram: bool = False
    counts_failures: bool = False
    bounds_gpu_memory: bool = False
    protocol: str = ""
    refused_in_names: tuple[str, ...] = ()


CAPABILITIES: Mapping[str, Capabilities] = {
    TENSORFLOW_SERVING: Capabilities(
        version_labels=True,
        allowed_batch_sizes=True,
        warmup=True,
        latency_histogram=True,
        counts_failures=True,
        bounds_gpu_memory=True,
        protocol="tensorflow-serving",
    ),
    TORCHSERVE: Capabilities(),
    TRITON: Capabilities(
        warmup=True,
        counts_failures=True,
        protocol="open-inference",
        # ValidateModelName: https://github.com/triton-inference-server/core/pull/500
        refused_in_names=("..",),
    ),
}


def protocol_of(runtime: str) -> str:
    """The protocol that ``verification`` speaks to the runtime's servers; empty if they have no typed protocol."""
    return CAPABILITIES[runtime].protocol


def is_verified_on_schedule(model: Model) -> bool:
    """Whether a model can be queried and always runs: verification would wake one that is scaled to zero."""
    return bool(protocol_of(model.runtime)) and model.min_replicas > 0


def runtime_issues(model: Model, devices: Devices | None) -> Iterator[Issue]:
    """Settings that a model's runtime does not support, by path below the model; ``devices`` are those of a pod."""
    capabilities = CAPABILITIES[model.runtime]
    yield from _ineffective(model, capabilities)
    yield from _name_issues(model, capabilities)
    yield from _triton_issues(model, devices)
    yield from server_issues(model)
    if model.runtime == TORCHSERVE:
        yield from _delay_issues(model)
    if devices and devices.memory_share and not capabilities.bounds_gpu_memory:
        yield Issue(
            path=("resources",),
            found=f"a time-sliced share of a card, whose memory limit runtime {model.runtime} does not respect",
            expected="a whole card, or a pool shared with mps or mig",
        )


def _ineffective(model: Model, capabilities: Capabilities) -> Iterator[Issue]:
    batching, scaling = model.batching, model.scaling
    asked = {
        ("batching", "allowedBatchSizes"): batching
        and batching.allowed_batch_sizes
        and not capabilities.allowed_batch_sizes,
        ("warmup",): model.warmup is Warmup.REQUIRED and not capabilities.warmup,
        ("scaling", "latencyP95Milliseconds"): scaling
        and scaling.latency_p95_milliseconds
        and not capabilities.latency_histogram,
        ("triton",): model.triton and model.runtime != TRITON,
        **{
            ("versions", index, "labels"): version.labels and not capabilities.version_labels
            for index, version in enumerate(model.versions)
        },
    }
    for path, in_vain in asked.items():
        if in_vain:
            yield Issue(
                path=path,
                found=f"has no effect with runtime {model.runtime}",
                expected=f"no {path[-1]}, or another runtime",
            )


def _name_issues(model: Model, capabilities: Capabilities) -> Iterator[Issue]:
    for refused in capabilities.refused_in_names:
        if refused in model.name_in_requests:
            yield Issue(
                path=("servedName",),
                found=f"'{model.name_in_requests}'",
                expected=f"a name without '{refused}', which runtime {model.runtime} takes for a way out of its folder",
            )


def _triton_issues(model: Model, devices: Devices | None) -> Iterator[Issue]:
    if model.runtime != TRITON:
        return
    if model.triton is None:
        yield Issue(
            path=("triton",),
            found=MISSING,
            expected="the backend that the model's files are made for",
            hint="such as triton: {backend: onnxruntime}",
        )
        return
    if model.warmup is Warmup.REQUIRED and not model.triton.inputs:
        yield Issue(
            path=("triton", "inputs"), found=MISSING, expected="the model's inputs, which warmup sends zeros to"
        )
    if model.triton.backend is Backend.TENSORRT and devices is None:
        yield Issue(
            path=("resources",),
            found=f"'{model.resources}', which has no GPU",
            expected="a resource class with GPUs, which backend tensorrt requires",
        )
    if model.triton.backend is Backend.PYTHON and devices and devices.has_node_memory:
        # Memory of the pod at /dev/shm hides that of MPS, without which its client cannot start; that of MPS is too
        # small for tensors, and common to all pods of the node. Sources: the documents on MPS of
        # https://github.com/NVIDIA/k8s-device-plugin, and https://github.com/triton-inference-server/python_backend
        yield Issue(
            path=("resources",),
            found=f"'{model.resources}', a device shared by mps, which has its own memory at /dev/shm",
            expected="another device: backend python passes tensors through /dev/shm",
            hint="a whole card or a part by mig, or another backend",
        )


def _delay_issues(model: Model) -> Iterator[Issue]:
    delay = model.batching.batch_timeout_micros if model.batching else _MICROS_PER_MILLISECOND
    if not delay or delay % _MICROS_PER_MILLISECOND:
        yield Issue(
            path=("batching", "batchTimeoutMicros"),
            found=str(delay),
            expected="1000 or a multiple of it, as runtime torchserve counts whole milliseconds",
        )
