"""The TorchServe runtime: what its files say, and what they must not."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportIndexIssue=false

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.model_service.runtimes import torchserve
from components.model_service.runtimes.server import Server
from settings import Batching, Devices, Model, ResourceClass, any_gpus
from tests.components.models import SMALL, model, version

BATCHING = Batching(max_batch_size=8, batch_timeout_micros=5000, max_enqueued_batches=10, num_batch_threads=2)


def served(**fields: Any) -> Model:
    return model(runtime="torchserve", **fields)


def server(of: Model | None = None, resources: ResourceClass = SMALL, devices: Devices | None = None) -> Server:
    of = of or served()
    return torchserve.server(of, of.versions[0], resources, devices)


def properties(of: Server, file: str = "config.properties") -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in of.files[file].splitlines())


def test_requests_and_metrics_are_answered_and_management_only_within_the_pod() -> None:
    of = server()
    said = properties(of)
    assert said["inference_address"] == f"http://0.0.0.0:{of.http_port}" == "http://0.0.0.0:8080"
    assert said["metrics_address"] == f"http://0.0.0.0:{of.metrics_port}" == "http://0.0.0.0:8082"
    assert said["grpc_inference_address"] == "0.0.0.0"  # noqa: S104 - what is looked for
    assert said["grpc_inference_port"] == str(of.grpc_port) == "7070"
    assert said["management_address"] == "http://127.0.0.1:8081"
    assert said["grpc_management_address"] == "127.0.0.1"


def test_nothing_is_loaded_installed_or_set_from_outside() -> None:
    said = properties(server())
    for key in ("enable_model_api", "install_py_dep_per_model", "enable_envvars_config"):
        assert said[key] == "false"
    assert said["allowed_urls"] == "file://.*"
    assert said["disable_token_authorization"] == "true"


def test_metrics_are_there() -> None:
    said = properties(server())
    assert said["metrics_mode"] == "prometheus"
    assert said["disable_system_metrics"] == "true"


def test_the_archive_of_the_version_is_loaded_and_nothing_else() -> None:
    said = properties(server(served(versions=(version(7),), load_timeout_seconds=900)))
    assert said["model_store"] == "/models/mnist/7"
    assert said["load_models"] == "mnist=mnist.mar"
    assert said["default_startup_timeout"] == "900"
    assert json.loads(said["models"])["mnist"].keys() == {"7"}
    assert server().needed_file == "mnist.mar"


def test_batching_in_its_own_terms() -> None:
    said = properties(server(served(batching=BATCHING)))
    (workers,) = json.loads(said["models"])["mnist"].values()
    assert (workers["batchSize"], workers["maxBatchDelay"]) == (8, 5)
    assert workers["minWorkers"] == workers["maxWorkers"] == 2
    assert said["job_queue_size"] == "80"


def test_without_batching_a_worker_takes_a_request_at_a_time() -> None:
    (workers,) = json.loads(properties(server())["models"])["mnist"].values()
    assert (workers["batchSize"], workers["minWorkers"], workers["maxWorkers"]) == (1, 1, 1)


@pytest.mark.parametrize(("level", "name"), [(0, "info"), (1, "warn"), (2, "error"), (3, "fatal")])
def test_log_level_and_no_file(level: int, name: str) -> None:
    said = properties(server(served(log_level=level)), "log4j2.properties")
    assert said["rootLogger.level"] == name
    assert {value for key, value in said.items() if key.endswith(".type")} == {"Console", "PatternLayout"}


def test_every_file_that_an_argument_names_is_there() -> None:
    of = server()
    named = {
        argument.rpartition("/")[2] for argument in (*of.command, *of.arguments) if "/etc/model-server/" in argument
    }
    assert named == set(of.files)


@pytest.mark.parametrize(("level", "name"), [(0, "info"), (1, "warn"), (2, "error"), (3, "fatal")])
def test_a_model_that_cannot_be_loaded_is_seen_at_every_level(level: int, name: str) -> None:
    of = server(served(log_level=level))
    assert of.arguments[:2] == (name, "torchserve")
    logged = dict(line.split("=", 1) for line in of.files["log4j2.properties"].splitlines())
    assert logged["rootLogger.level"] == name
    assert logged["logger.model.level"] == "info"
    assert logged["logger.load.level"] == ("info" if level == 0 else "warn")


def test_the_start_asks_for_the_loaded_version_and_readiness_for_its_workers() -> None:
    probes = server(served(versions=(version(7),), load_timeout_seconds=3600)).probes
    assert probes.startup.exec_.command[-2:] == ["http://127.0.0.1:8081/models/mnist/7", "127.0.0.1:7070"]
    assert probes.startup.period_seconds * probes.startup.failure_threshold >= 3600
    assert probes.readiness.http_get.path == probes.liveness.http_get.path == "/ping"


def test_there_is_room_to_unpack_the_archive() -> None:
    assert server(served(size="100Mi")).scratch_mebibytes == 264


def test_devices_are_those_of_the_pod() -> None:
    assert properties(server())["number_of_gpu"] == "0"
    assert properties(server(devices=any_gpus(2)))["number_of_gpu"] == "2"
