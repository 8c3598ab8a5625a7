"""The TensorFlow Serving runtime: its files are read by TensorFlow Serving's own protos, its probes tell the truth."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportOptionalIterable=false, reportGeneralTypeIssues=false
# pyright: reportOptionalSubscript=false, reportIndexIssue=false, reportCallIssue=false, reportReturnType=false

import hashlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from components.model_service.runtimes import tensorflow_serving
from components.model_service.runtimes.server import Server
from components.model_service.runtimes.text_proto import text_proto
from inferencectl.sandbox.toolchain.toolchain import cache_directory
from settings import Devices, Model, ResourceClass, Sharing, SharingStrategy, any_gpus
from tests.components.models import MODELS, SMALL, model, version
from tests.components.pools import DEVICES, MPS, existing, karpenter

PROTOS = Path(__file__).parent / "tensorflow_serving_protos"

Parse = Callable[[str, str, str], dict[str, Any]]


def installed(requirements: Path) -> Path:
    """The packages of ``requirements`` in a directory of their own, without what they depend on: TensorFlow itself."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    target = cache_directory() / f"{requirements.stem}-{digest}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if not (target / "installed").exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--upgrade"]
            subprocess.run([*pip, "--target", str(target), "--requirement", str(requirements)], check=True)
            (target / "installed").touch()
    return target


@pytest.fixture(scope="module")
def parse() -> Parse:
    """Parse a file with a message of a package; the packages share a name, so each parse is a process of its own."""

    def parsed(package: str, message: str, text: str) -> dict[str, Any]:
        path = installed(PROTOS / f"{package}.txt")
        module, name = message.rsplit(".", 1)
        # The messages of the second package were generated for an older protobuf: only its Python code reads them.
        environment = {**os.environ, "PYTHONPATH": str(path), "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
        command = [sys.executable, str(PROTOS / "parse.py"), f"tensorflow_serving.{module}", name]
        done = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return parsed


def server(served: Model | None = None, resources: ResourceClass = SMALL, devices: Devices | None = None) -> Server:
    served = served or model()
    return tensorflow_serving.server(served, served.versions[0], resources, devices)


def value_of(arguments: tuple[str, ...], flag: str) -> str | None:
    return next((argument.partition("=")[2] for argument in arguments if argument.startswith(f"--{flag}=")), None)


def test_models_file_is_what_the_server_parses(parse: Parse) -> None:
    served = model(versions=(version(7, labels=("stable",)),))
    text = server(served).files["models.config"]
    (config,) = parse("model_server", "config.model_server_config_pb2.ModelServerConfig", text)["model_config_list"][
        "config"
    ]
    assert config == {
        "name": "mnist",
        "base_path": "/models/mnist",
        "model_platform": "tensorflow",
        "model_version_policy": {"specific": {"versions": ["7"]}},
        "version_labels": {"stable": "7"},
    }


def test_monitoring_file_is_what_the_server_parses(parse: Parse) -> None:
    text = server().files["monitoring.config"]
    parsed = parse("session_bundle", "config.monitoring_config_pb2.MonitoringConfig", text)
    assert parsed == {"prometheus_config": {"enable": True, "path": "/monitoring/prometheus/metrics"}}


def test_batching_file_is_what_the_server_parses(parse: Parse) -> None:
    text = server(model(**MODELS["batching"])).files["batching.config"]
    message = "servables.tensorflow.session_bundle_config_pb2.BatchingParameters"
    assert parse("session_bundle", message, text) == {
        "max_batch_size": "32",
        "batch_timeout_micros": "5000",
        "max_enqueued_batches": "100",
        "num_batch_threads": "4",
        "allowed_batch_sizes": ["1", "8", "32"],
    }


def test_a_misspelt_field_is_refused_by_the_protos(parse: Parse) -> None:
    with pytest.raises(AssertionError, match="max_batch_sise"):
        parse(
            "session_bundle",
            "servables.tensorflow.session_bundle_config_pb2.BatchingParameters",
            text_proto({"max_batch_sise": {"value": 1}}),
        )


@pytest.mark.parametrize("text", ['quote " and \\ backslash', "new\nline", "tab\t", "ümlaut 模型"])
def test_strings_survive_the_text_format(parse: Parse, text: str) -> None:
    message = text_proto({"model_config_list": {"config": [{"name": text}, {"name": "other"}]}})
    parsed = parse("model_server", "config.model_server_config_pb2.ModelServerConfig", message)
    assert [config["name"] for config in parsed["model_config_list"]["config"]] == [text, "other"]


def test_batching_is_switched_on_with_its_file_and_only_then() -> None:
    plain, batching = server(), server(model(**MODELS["batching"]))
    assert value_of(batching.arguments, "enable_batching") == "true"
    assert value_of(batching.arguments, "batching_parameters_file") == "/etc/model-server/batching.config"
    assert not [argument for argument in plain.arguments if "batching" in argument]
    assert "batching.config" not in plain.files


def test_every_file_that_an_argument_names_is_there() -> None:
    described = server(model(**MODELS["batching"]))
    named = {Path(argument.partition("=")[2]).name for argument in described.arguments if "/etc/" in argument}
    assert named == set(described.files)


def test_ports() -> None:
    described = server()
    assert (described.grpc_port, described.http_port) == (8500, 8501)
    assert value_of(described.arguments, "port") == "8500"
    assert value_of(described.arguments, "rest_api_port") == "8501"
    assert described.metrics_path in described.files["monitoring.config"]


def test_readiness_asks_for_the_loaded_version_and_liveness_for_any_answer() -> None:
    probes = server(model(versions=(version(7),))).probes
    loaded = "/v1/models/mnist/versions/7/metadata"
    assert probes.startup.http_get.path == loaded
    assert probes.readiness.http_get.path == loaded
    assert probes.liveness.http_get.path == "/v1/models/mnist"


@pytest.mark.parametrize("load_timeout_seconds", [1, 300, 3600])
def test_startup_probe_outlasts_five_retries_a_minute_apart(load_timeout_seconds: int) -> None:
    described = server(model(load_timeout_seconds=load_timeout_seconds))
    probe = described.probes.startup
    assert probe.period_seconds * probe.failure_threshold >= load_timeout_seconds + 5 * 60
    assert described.start_timeout_seconds == load_timeout_seconds + 5 * 60
    assert value_of(described.arguments, "max_num_load_retries") == "5"
    assert value_of(described.arguments, "load_retry_interval_micros") == "60000000"


@pytest.mark.parametrize("cpu", ["500m", "1", "2500m", "8"])
def test_threads_follow_the_cpu_limit(cpu: str) -> None:
    described = server(resources=ResourceClass(cpu=cpu, memory="2Gi"))
    threads = str(math.ceil(float(cpu.removesuffix("m")) / (1000 if cpu.endswith("m") else 1)))
    assert value_of(described.arguments, "tensorflow_intra_op_parallelism") == threads
    assert value_of(described.arguments, "tensorflow_inter_op_parallelism") == threads
    assert described.environment["OMP_NUM_THREADS"] == threads


def test_gpu_memory_grows_on_demand_on_gpus_only() -> None:
    assert server(devices=any_gpus(1)).environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in server().environment


def test_a_server_keeps_to_its_part_of_a_card_where_nothing_else_bounds_it() -> None:
    def bound(devices: Devices | None) -> str | None:
        return value_of(server(devices=devices).arguments, "per_process_gpu_memory_fraction")

    assert bound(DEVICES["shared"]) == "0.25"
    thirds = karpenter(sharing=Sharing(strategy=SharingStrategy.TIME_SLICING, replicas=3))
    assert bound(thirds.devices(thirds.offers[0])) == "0.333"
    assert [bound(devices) for devices in (None, any_gpus(2), DEVICES["mig"])] == [None, None, None]
    mps = existing(sharing=MPS)
    assert bound(mps.devices(mps.offers[0])) is None


@pytest.mark.parametrize("level", [0, 3])
def test_log_level(level: int) -> None:
    assert server(model(log_level=level)).environment["TF_CPP_MIN_LOG_LEVEL"] == str(level)
