"""What holds of every runtime, and what a model asks of one in vain."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false, reportReturnType=false

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from pulumi_kubernetes.core.v1 import ProbeArgs

from components.metrics_adapter import MetricsAdapterRulesArgs
from components.metrics_adapter.manifests import rules
from components.model_service.args import ServedVersion
from components.model_service.manifests import configuration, load_queries, network, storage
from components.model_service.runtimes import RUNTIMES
from settings import Backend, DataType, Tensor, Triton, load
from settings.consistency.runtimes import CAPABILITIES
from tests.components.model_service.served_models import pod, ports, server_container
from tests.components.models import KEDA, RUNTIME_EXAMPLES, model, service_args
from tests.settings.settings_stack import ROOT, edited
from versions import RUNTIME_IMAGES

INPUT = Tensor(name="x", data_type=DataType.FP32, dims=(4,))
every_runtime = pytest.mark.parametrize("runtime", RUNTIMES)


def served(runtime: str, **fields: Any) -> ServedVersion:
    return service_args(model(**{**RUNTIME_EXAMPLES[runtime], **fields})).served[0]


def timing(probe: ProbeArgs) -> tuple[Any, ...]:
    """Seconds between two, seconds for each, failures and successes that change the state."""
    return probe.period_seconds, probe.timeout_seconds, probe.failure_threshold, probe.success_threshold


def test_a_runtime_has_a_file_images_and_capabilities() -> None:
    assert RUNTIMES.keys() == RUNTIME_IMAGES.keys() == CAPABILITIES.keys() == RUNTIME_EXAMPLES.keys()


@every_runtime
def test_what_the_settings_say_of_its_latency_is_what_its_metrics_have(runtime: str) -> None:
    has_histogram = served(runtime).server.load_metrics.latency_buckets is not None
    assert has_histogram is CAPABILITIES[runtime].latency_histogram


@every_runtime
def test_every_port_is_named_once_and_scrapers_reach_that_of_the_metrics(runtime: str) -> None:
    of = served(runtime)
    named = [port.container_port for port in server_container(of).ports]
    assert sorted(named) == sorted({of.server.grpc_port, of.server.http_port, of.server.metrics_port})
    clients, scrapers = network.server_policy(replace(of.args, autoscaling=KEDA)).spec.ingress
    assert ports([clients]) == {of.server.grpc_port, of.server.http_port}
    assert ports([scrapers]) == {of.server.metrics_port}


@every_runtime
def test_clients_reach_requests_and_never_metrics_or_management(runtime: str) -> None:
    of = served(runtime)
    for service in (network.version_service(of), network.stable_service(of.args)):
        assert ports([service.spec]) == {of.server.grpc_port, of.server.http_port}


@every_runtime
def test_the_configuration_is_mounted_where_the_server_looks(runtime: str) -> None:
    of = served(runtime)
    assert configuration.mount(of).mount_path == of.server.configuration_directory
    assert list(configuration.config_map(of).data) == list(of.server.files)


@every_runtime
def test_a_pod_leaves_the_rotation_within_15_seconds_and_is_restarted_after_a_minute_at_the_earliest(
    runtime: str,
) -> None:
    container = server_container(served(runtime))
    assert timing(container.readiness_probe) == (5, 5, 2, 1)
    # TorchServe's frontend says itself whether a worker lives, and starts a dead one again for minutes.
    assert timing(container.liveness_probe) == (15, 10, 20 if runtime == "torchserve" else 4, None)


@every_runtime
@pytest.mark.parametrize("drain_seconds", [10, 30, 600])
def test_every_grpc_connection_ends_within_the_drain_of_its_pod(runtime: str, drain_seconds: int) -> None:
    server = served(runtime, drain_seconds=drain_seconds).server
    (age,) = re.findall(
        r"max[-_]connection[-_]age(?:_ms)?=(\d+)", "\n".join([*server.arguments, *server.files.values()])
    )
    # gRPC adds up to 10 %, and a pod that is going away gets connections until all nodes know.
    assert int(age) / 1000 * 1.1 + 2 <= drain_seconds


@every_runtime
def test_without_a_drain_a_connection_may_last(runtime: str) -> None:
    server = served(runtime, drain_seconds=0).server
    assert "connection" not in "\n".join([*server.arguments, *server.files.values()])


@every_runtime
def test_a_load_of_ten_minutes_is_waited_for_and_hardly_longer(runtime: str) -> None:
    container = server_container(served(runtime, load_timeout_seconds=601))
    retries = 150 if runtime == "tensorflow-serving" else 0
    assert timing(container.startup_probe) == (2, 5, 301 + retries, None)


@every_runtime
def test_no_mount_lies_inside_another(runtime: str) -> None:
    """A container engine makes a mount's folder, which it cannot do inside a volume that is mounted read-only."""
    paths = [f"{mount.mount_path}/" for mount in server_container(served(runtime)).volume_mounts]
    assert not [pair for pair in itertools.permutations(paths, 2) if pair[1].startswith(pair[0])]


@every_runtime
def test_what_it_writes_is_bounded(runtime: str) -> None:
    of = served(runtime)
    limits = {each.name: each.empty_dir.size_limit for each in pod(of).volumes if each.empty_dir}
    assert limits["scratch"] == f"{of.server.scratch_mebibytes}Mi"
    assert ("shared-memory" in limits) is bool(of.server.shared_memory_mebibytes)


def test_shared_memory_is_where_processes_look_for_it() -> None:
    (mount,) = (each for each in server_container(served("triton")).volume_mounts if each.name == "shared-memory")
    (volume,) = (each for each in pod(served("triton")).volumes if each.name == "shared-memory")
    assert mount.mount_path == "/dev/shm"  # noqa: S108 - of the pod alone
    assert (volume.empty_dir.medium, volume.empty_dir.size_limit) == ("Memory", "512Mi")


@pytest.mark.parametrize(
    ("runtime", "fields", "expected"),
    [
        ("tensorflow-serving", {"warmup": "required"}, "required"),
        ("torchserve", {}, "optional"),
        ("triton", {"warmup": "required", "triton": Triton(backend=Backend.PYTHON, inputs=(INPUT,))}, "optional"),
    ],
)
def test_only_tensorflow_servings_warmup_requests_are_looked_for_among_the_files(
    runtime: str, fields: Mapping[str, Any], expected: str
) -> None:
    (container,) = storage.init_containers(served(runtime, **fields))
    assert [variable.value for variable in container.env if variable.name == "MODEL_WARMUP"] == [expected]


@pytest.mark.parametrize("runtime", ["torchserve", "triton"])
def test_what_a_runtime_has_no_histogram_of_is_neither_asked_nor_offered(runtime: str) -> None:
    of = served(runtime)
    with pytest.raises(ValueError, match=f"runtime {runtime} has no histogram"):
        load_queries.latency_p95_milliseconds(of, "models", 60)
    load = {runtime: of.server.load_metrics}
    made = rules(MetricsAdapterRulesArgs(namespace="monitoring", window_seconds=60, load_metrics=load))
    assert [rule["name"]["as"] for rule in made] == [
        f"inference_{runtime}_requests_per_second",
        "inference_gpu_utilization_percent",
    ]


def test_the_example_of_the_documentation_is_a_model() -> None:
    text = (ROOT / "docs" / "runtimes.md").read_text(encoding="utf-8")
    named, model_of_triton, added = (yaml.safe_load(each) for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    added = {f"models.0.{key}": value for key, value in {**added, **named}.items()}
    edits = {"models.1": model_of_triton[0], "cluster.metadataDomains": ["shop.example"], **added}
    platform = load("dev", edited(edits))
    assert (platform.models[1].name, platform.models[1].runtime) == ("digits", "triton")
    assert platform.models[0].name_in_requests == "half_plus_two"
    assert platform.models[0].server_flags["grpc_max_threads"] == 16
