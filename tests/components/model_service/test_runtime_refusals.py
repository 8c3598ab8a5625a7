"""What a runtime does not support is refused by name."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.model_service.runtimes import RUNTIMES, server_of
from settings import Backend, Triton, any_gpus
from settings.consistency.runtimes import runtime_issues
from tests.components.models import GPU, RUNTIME_EXAMPLES, model, version
from tests.components.pools import DEVICES, MPS, existing
from tests.settings.settings_stack import IRIS, problems

BATCHING = {"maxBatchSize": 8, "batchTimeoutMicros": 1500, "maxEnqueuedBatches": 4, "numBatchThreads": 1}
ONNX = {"models.1.runtime": "triton", "models.1.triton": {"backend": "onnxruntime"}}
TORCHSERVE = {"models.1.runtime": "torchserve"}
AUTOSCALING = {"autoscaling": {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}}


def in_vain(path: str, key: str, runtime: str) -> str:
    effect = f"has no effect with runtime {runtime}"
    return f"{IRIS}.{path}: {effect}; expected no {key}, or another runtime"


CASES = {
    "labels": (
        {**ONNX, "models.1.versions.0.labels": ["stable"]},
        in_vain("versions[0].labels", "labels", "triton"),
    ),
    "padding": (
        {**ONNX, "models.1.batching": {**BATCHING, "allowedBatchSizes": [4, 8]}},
        in_vain("batching.allowedBatchSizes", "allowedBatchSizes", "triton"),
    ),
    "latency": (
        {**ONNX, **AUTOSCALING, "models.1.scaling": {"latencyP95Milliseconds": 100}},
        in_vain("scaling.latencyP95Milliseconds", "latencyP95Milliseconds", "triton"),
    ),
    "warm-up": ({**TORCHSERVE, "models.1.warmup": "required"}, in_vain("warmup", "warmup", "torchserve")),
    "another's section": (
        {**ONNX, "models.1.runtime": "tensorflow-serving"},
        in_vain("triton", "triton", "tensorflow-serving"),
    ),
    "no section": (
        {"models.1.runtime": "triton"},
        (
            f"{IRIS}.triton: missing; expected the backend that the model's files are made for; "
            "such as triton: {backend: onnxruntime}"
        ),
    ),
    "half milliseconds": (
        {**TORCHSERVE, "models.1.batching": BATCHING},
        (
            f"{IRIS}.batching.batchTimeoutMicros: 1500; expected 1000 or a multiple of it, "
            "as runtime torchserve counts whole milliseconds"
        ),
    ),
    "TensorRT without a GPU": (
        {**ONNX, "models.1.triton": {"backend": "tensorrt"}},
        (
            f"{IRIS}.resources: 'small', which has no GPU; expected a resource class with GPUs, "
            "which backend tensorrt requires"
        ),
    ),
    "warm-up with unknown inputs": (
        {**ONNX, "models.1.warmup": "required"},
        f"{IRIS}.triton.inputs: missing; expected the model's inputs, which warmup sends zeros to",
    ),
    "PyTorch's outputs": (
        {
            **ONNX,
            "models.1.triton": {
                "backend": "pytorch",
                "inputs": [{"name": "INPUT__0", "dataType": "FP32", "dims": [64]}],
            },
        },
        (
            f"{IRIS}.triton.outputs: missing; expected the model's outputs, which a PyTorch file does not contain; "
            "such as outputs: [{name: OUTPUT__0, dataType: FP32, dims: [64]}]"
        ),
    ),
    "type of a tensor": (
        {**ONNX, "models.1.triton.inputs": [{"name": "x", "dataType": "float32", "dims": [64]}]},
        (
            f'{IRIS}.triton.inputs[0] (x).dataType: "float32"; expected BOOL, UINT8, UINT16, UINT32, UINT64, INT8, '
            "INT16, INT32, INT64, FP16, FP32, FP64, BF16 or BYTES; did you mean 'FP32'?"
        ),
    ),
}


@pytest.mark.parametrize(("edits", "line"), CASES.values(), ids=CASES)
def test_what_is_asked_in_vain_is_refused_by_name(edits: Mapping[str, Any], line: str) -> None:
    assert problems(edits) == [line]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_only_a_runtime_that_keeps_to_its_memory_shares_a_card_by_turns(runtime: str) -> None:
    asking = model(**RUNTIME_EXAMPLES[runtime])
    by_turns = DEVICES["shared"]
    paths = [issue.path for issue in runtime_issues(asking, by_turns)]
    assert paths == ([] if runtime == "tensorflow-serving" else [("resources",)])
    for devices in (None, any_gpus(1)):
        assert list(runtime_issues(asking, devices)) == []


MPS_MODELS: Mapping[str, Mapping[str, Any]] = {
    **RUNTIME_EXAMPLES,
    "triton, another backend": {"runtime": "triton", "triton": Triton(backend=Backend.ONNXRUNTIME)},
}


@pytest.mark.parametrize("fields", MPS_MODELS.values(), ids=MPS_MODELS)
def test_a_server_with_shared_memory_is_not_put_where_mps_has_its_own(fields: Mapping[str, Any]) -> None:
    """Both lie at /dev/shm, where the pod's would hide what the device plug-in mounts."""
    pool, asking = existing(sharing=MPS), model(**fields)
    mps = pool.devices(pool.offers[0])
    needs_memory = server_of(asking, version(1), GPU, mps).shared_memory_mebibytes > 0
    assert [issue.path for issue in runtime_issues(asking, mps)] == ([("resources",)] if needs_memory else [])
    assert list(runtime_issues(asking, any_gpus(1))) == []


def test_several_versions_are_named_each() -> None:
    asking = model(
        **RUNTIME_EXAMPLES["torchserve"],
        versions=(version(1, 90), version(2, 10, labels=("canary",))),
        exposure="gateway",
    )
    assert [issue.path for issue in runtime_issues(asking, None)] == [("versions", 1, "labels")]
