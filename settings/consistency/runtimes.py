"""What each runtime makes of a model's settings: what it cannot do is refused by name, and never ignored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from settings.gpu.devices import Devices
from settings.model.model import Model, Warmup
from settings.model.triton import Backend
from settings.validation.issues import MISSING, Issue

TENSORFLOW_SERVING, TORCHSERVE, TRITON = "tensorflow-serving", "torchserve", "triton"
_MICROS_PER_MILLISECOND = 1000


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What not every runtime can do.

    ``bounds_gpu_memory`` says that a server keeps to its part of a card that it shares by turns;
    ``latency_histogram`` that its metrics have one, without which several pods have no common quantile. ``protocol`` is
    what ``verification`` asks it in; a server that takes whatever its handler does has none.
    """

    version_labels: bool = False
    allowed_batch_sizes: bool = False
    warmup: bool = False
    latency_histogram: bool = False
    bounds_gpu_memory: bool = False
    protocol: str = ""


ABILITIES: Mapping[str, Abilities] = {
    TENSORFLOW_SERVING: Abilities(
        version_labels=True,
        allowed_batch_sizes=True,
        warmup=True,
        latency_histogram=True,
        bounds_gpu_memory=True,
        protocol="tensorflow-serving",
    ),
    TORCHSERVE: Abilities(),
    TRITON: Abilities(warmup=True, protocol="open-inference"),
}


def protocol_of(runtime: str) -> str:
    """What ``verification`` asks the runtime's servers in; empty where they have no typed protocol."""
    return ABILITIES[runtime].protocol


def is_verified_on_schedule(model: Model) -> bool:
    """Whether it can be asked what was recorded, and always runs: one that may be scaled to zero would be woken."""
    return bool(protocol_of(model.runtime)) and model.min_replicas > 0


def runtime_issues(model: Model, devices: Devices | None) -> Iterator[Issue]:
    """What a model asks of its runtime in vain, by path below the model; ``devices`` are those of a pod."""
    abilities = ABILITIES[model.runtime]
    yield from _ineffective(model, abilities)
    yield from _triton_issues(model, devices)
    if model.runtime == TORCHSERVE:
        yield from _delay_issues(model)
    if devices and devices.memory_share and not abilities.bounds_gpu_memory:
        yield Issue(
            path=("resources",),
            found=f"a share of a card by turns, whose memory runtime {model.runtime} does not keep to",
            expected="a whole card, or a pool that is shared by mps or mig",
        )


def _ineffective(model: Model, abilities: Abilities) -> Iterator[Issue]:
    batching, scaling = model.batching, model.scaling
    asked = {
        ("batching", "allowedBatchSizes"): batching
        and batching.allowed_batch_sizes
        and not abilities.allowed_batch_sizes,
        ("warmup",): model.warmup is Warmup.REQUIRED and not abilities.warmup,
        ("scaling", "latencyP95Milliseconds"): scaling
        and scaling.latency_p95_milliseconds
        and not abilities.latency_histogram,
        ("triton",): model.triton and model.runtime != TRITON,
        **{
            ("versions", index, "labels"): version.labels and not abilities.version_labels
            for index, version in enumerate(model.versions)
        },
    }
    for path, in_vain in asked.items():
        if in_vain:
            yield Issue(
                path=path,
                found=f"set, but without effect with runtime {model.runtime}",
                expected=f"no {path[-1]}, or another runtime",
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
            expected="a resource class with GPUs, as backend tensorrt runs on nothing else",
        )


def _delay_issues(model: Model) -> Iterator[Issue]:
    delay = model.batching.batch_timeout_micros if model.batching else _MICROS_PER_MILLISECOND
    if not delay or delay % _MICROS_PER_MILLISECOND:
        yield Issue(
            path=("batching", "batchTimeoutMicros"),
            found=str(delay),
            expected="1000 or a multiple of it, as runtime torchserve waits whole milliseconds",
        )
