"""The Triton runtime: its file is read by Triton's own proto, and its settings mean what they say."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.model_service.runtimes import triton
from components.model_service.runtimes.server import Server
from components.model_service.runtimes.text_proto import text_proto
from settings import Backend, Batching, Devices, Model, ResourceClass, Tensor, Triton, Warmup, any_gpus
from tests.components.models import SMALL, model, version
from tests.environments import installed

pytestmark = pytest.mark.usefixtures("triton_python")

RUNTIMES = Path(__file__).parents[2] / "runtimes"
BATCHING = Batching(max_batch_size=32, batch_timeout_micros=5000, max_enqueued_batches=10, num_batch_threads=2)
IMAGE = Tensor.model_validate({"name": "image", "dataType": "FP32", "dims": [-1, 64]})
LABEL = Tensor.model_validate({"name": "label", "dataType": "BYTES", "dims": [1]})


def served(backend: Backend = Backend.ONNXRUNTIME, **fields: Any) -> Model:
    section = Triton(backend=backend, inputs=(IMAGE,), outputs=(LABEL,)) if fields.pop("tensors", False) else None
    return model(runtime="triton", triton=section or Triton(backend=backend), **fields)


def server(of: Model | None = None, resources: ResourceClass = SMALL, devices: Devices | None = None) -> Server:
    of = of or served()
    return triton.server(of, of.versions[0], resources, devices)


def configuration(of: Server) -> Mapping[str, Any]:
    return parsed(of.files["platform.pbtxt"])


def parsed(text: str) -> Mapping[str, Any]:
    """A file as Triton's own proto reads it, in an environment with the protobuf that it is made for."""
    python = installed("triton-server")
    command = [str(python), str(RUNTIMES / "parse_model_config.py")]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def value_of(arguments: tuple[str, ...], flag: str) -> str | None:
    return next((argument.partition("=")[2] for argument in arguments if argument.startswith(f"--{flag}=")), None)


def test_the_file_is_what_the_server_parses() -> None:
    of = served(versions=(version(7),), batching=BATCHING, warmup=Warmup.REQUIRED, tensors=True)
    assert configuration(server(of)) == {
        "name": "mnist",
        "backend": "onnxruntime",
        "max_batch_size": 32,
        "version_policy": {"specific": {"versions": ["7"]}},
        "instance_group": [{"count": 2, "kind": "KIND_CPU"}],
        "input": [{"name": "image", "data_type": "TYPE_FP32", "dims": ["-1", "64"]}],
        "output": [{"name": "label", "data_type": "TYPE_STRING", "dims": ["1"]}],
        "parameters": {"intra_op_thread_count": {"string_value": "1"}},
        "dynamic_batching": {
            "max_queue_delay_microseconds": "5000",
            "default_queue_policy": {"max_queue_size": 320},
        },
        "model_warmup": [
            {
                "name": "zeros",
                "batch_size": 1,
                "inputs": {"image": {"data_type": "TYPE_FP32", "dims": ["1", "64"], "zero_data": True}},
            }
        ],
    }


def test_without_batching_nothing_is_batched() -> None:
    plain = server()
    assert "max_batch_size" not in configuration(plain)
    assert "dynamic_batching" not in configuration(plain)
    assert "--backend-config=default-max-batch-size=0" in plain.arguments


def test_a_misspelt_field_is_refused_by_the_proto() -> None:
    with pytest.raises(AssertionError, match="max_batch_sise"):
        parsed(text_proto({"max_batch_sise": 1}))


@pytest.mark.parametrize("backend", Backend)
def test_every_backend_is_one_of_instances_on_the_pods_devices(backend: Backend) -> None:
    of = served(backend, tensors=True)
    for devices, kind in ((None, "KIND_CPU"), (any_gpus(1), "KIND_GPU")):
        made = configuration(server(of, devices=devices))
        assert (made["backend"], made["instance_group"]) == (backend, [{"count": 1, "kind": kind}])


def test_threads_are_shared_by_the_instances() -> None:
    resources = ResourceClass(cpu="7500m", memory="4Gi")
    made = configuration(server(served(batching=BATCHING), resources))
    assert made["parameters"] == {"intra_op_thread_count": {"string_value": "4"}}
    assert server(resources=resources).environment["OMP_NUM_THREADS"] == "8"


def test_the_repository_holds_the_model_alone_with_its_configuration_where_triton_looks() -> None:
    of = server()
    assert value_of(of.arguments, "model-repository") == "/models"
    name = value_of(of.arguments, "model-config-name")
    assert of.configuration_directory == "/models/mnist/configs"
    assert list(of.files) == [f"{name}.pbtxt"]


def test_nobody_loads_or_unloads_models_over_the_network() -> None:
    assert value_of(server().arguments, "model-control-mode") == "none"


def test_it_is_ready_with_every_model_only_and_ends_where_one_cannot_be_loaded() -> None:
    of = server()
    assert of.command == ("/opt/tritonserver/bin/tritonserver",)
    assert value_of(of.arguments, "strict-readiness") == "true"
    assert value_of(of.arguments, "exit-on-error") == "true"
    assert value_of(of.arguments, "exit-timeout-secs") == "10"


def test_it_leaves_the_gpus_to_nvidias_exporter() -> None:
    assert value_of(server().arguments, "allow-gpu-metrics") == "false"


def test_ports() -> None:
    of = server()
    assert (of.http_port, of.grpc_port, of.metrics_port, of.metrics_path) == (8000, 8001, 8002, "/metrics")
    for flag, port in (("http-port", "8000"), ("grpc-port", "8001"), ("metrics-port", "8002")):
        assert value_of(of.arguments, flag) == port


def test_readiness_asks_for_the_version_and_liveness_for_any_answer() -> None:
    probes = server(served(versions=(version(7),), load_timeout_seconds=3600)).probes
    assert probes.startup.http_get.path == probes.readiness.http_get.path == "/v2/models/mnist/versions/7/ready"
    assert probes.liveness.http_get.path == "/v2/health/live"
    assert probes.startup.period_seconds * probes.startup.failure_threshold >= 3600


@pytest.mark.parametrize(
    ("level", "logged"),
    [(0, ("true", "true", "true")), (1, ("false", "true", "true")), (3, ("false", "false", "false"))],
)
def test_log_level(level: int, logged: tuple[str, str, str]) -> None:
    arguments = server(served(log_level=level)).arguments
    assert tuple(value_of(arguments, f"log-{kind}") for kind in ("info", "warning", "error")) == logged


def test_the_python_backend_has_shared_memory_and_the_others_need_none() -> None:
    assert server(served(Backend.PYTHON)).shared_memory_mebibytes == 512
    assert server().shared_memory_mebibytes == 0


def test_a_model_without_its_section_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="model mnist: runtime triton without its section"):
        server(model(runtime="triton"))
