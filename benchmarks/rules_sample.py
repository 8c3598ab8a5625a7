"""The rules of models as the program makes them, and series with the names that they read, of now and of the past."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import settings
from components.monitoring_stack.rules.objective import SPARSE
from components.monitoring_stack.rules.requests import FAILED, TOTAL
from inferencectl.demos.autoscaling.model_exporter import BUCKETS_MICROS
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[1])
STACK, NAMESPACE = "prod", "models-prod"
NODES = 100
_KEY, _STACK_OBJECT = "inference:platform", "monitoring"
_MODEL, _PODS = "iris", ("7d9f8c-aaaaa", "7d9f8c-bbbbb")
_SAMPLE_SECONDS, _SPARSE_SECONDS = 30, 240
_MINUTE, _DAY = 60, 86_400
Group = Mapping[str, Any]
_COUNTED = tuple(
    [f':tensorflow:serving:request_count{{model_name="iris",status="{status}"' for status in ("OK", "INTERNAL")]
    + [
        f':tensorflow:serving:request_latency_count{{model_name="iris",API="{api}",entrypoint="REST"'
        for api in ("predict", "")
    ]
)


@cache
def rules_of(names: tuple[str, ...]) -> tuple[Sequence[Group], Sequence[Group]]:
    """The groups of rules of models with an objective each, of their own and shared, and of the stack as a whole."""
    config = settings.read_stack_file(PROJECT.program.parent / f"Pulumi.{STACK}.yaml")
    platform = json.loads(config[_KEY])
    platform["monitoring"] = {"scraperNamespace": "monitoring"}
    platform["quota"] = {"cpu": "100000", "pods": 100_000, "memory": "100Ti"}
    (model,) = (each for each in platform["models"] if each["name"] == _MODEL)
    objective = {"availabilityPercent": 99.9, "latencyP95Milliseconds": 200}
    platform["models"] = [json.loads(json.dumps(model).replace(_MODEL, name)) for name in names]
    for each in platform["models"]:
        each["objective"] = objective
    recording = record_program(
        PROJECT.program, project=PROJECT.name, stack=STACK, config={**config, _KEY: json.dumps(platform)}
    )
    found = [each.inputs for each in recording.resources if each.inputs.get("kind") == "PrometheusRule"]
    of_stack = [each["metadata"]["name"] == _STACK_OBJECT for each in found]
    models, stack = (
        [
            group
            for each, is_stack in zip(found, of_stack, strict=True)
            if is_stack is wanted
            for group in each["spec"]["groups"]
        ]
        for wanted in (False, True)
    )
    return models, stack


def live_page(names: Sequence[str]) -> str:
    """What exporters say of the pods of all models, and of the nodes, in Prometheus' text format."""
    nodes = (
        f'kube_node_status_condition{{node="node-{node}",condition="{condition}",status="{status}"}} '
        f"{int((condition == 'Ready') == (status == 'true'))}"
        for node in range(NODES)
        for condition in ("Ready", "DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable")
        for status in ("true", "false", "unknown")
    )
    lines = [f"{line} {value}" for name in names for line, value in _series(name)]
    return "".join(f"{line}\n" for line in [*nodes, *lines])


def _series(model: str) -> Iterator[tuple[str, int]]:
    """Those of a model, with a value of each."""
    for number, own in enumerate(_pods_of(model)):
        for counted in _COUNTED:
            yield f"{counted.replace(_MODEL, model)},{own}}}", 1000
        for api in ("predict", ""):
            for most in [*BUCKETS_MICROS, float("inf")]:
                limit = "+Inf" if most == float("inf") else f"{most:.6g}"
                labels = f'model_name="{model}",API="{api}",entrypoint="REST",le="{limit}"'
                yield f":tensorflow:serving:request_latency_bucket{{{labels},{own}}}", 1000
        container = f'{own},container="model-server"'
        yield f"container_cpu_usage_seconds_total{{{container}}}", 100
        yield f"container_memory_working_set_bytes{{{container}}}", 100
        for resource in ("cpu", "memory"):
            yield f'kube_pod_container_resource_limits{{{container},resource="{resource}"}}', 1000
        yield f"up{{{own}}}", 1
        yield f'kube_pod_info{{{own},node="node-{(hash(model) + number) % NODES}"}}', 1
        for phase in ("Pending", "Running", "Succeeded", "Failed", "Unknown"):
            yield f'kube_pod_status_phase{{{own},phase="{phase}"}}', int(phase == "Running")
    deployment = f'namespace="{NAMESPACE}",deployment="{model}-v1"'
    yield f"kube_deployment_spec_replicas{{{deployment}}}", 2
    yield f"kube_deployment_status_replicas_available{{{deployment}}}", 2
    scaler = f'namespace="{NAMESPACE}",horizontalpodautoscaler="{model}-v1"'
    yield f"kube_horizontalpodautoscaler_status_current_replicas{{{scaler}}}", 2
    yield f"kube_horizontalpodautoscaler_spec_max_replicas{{{scaler}}}", 4


def _pods_of(model: str) -> list[str]:
    return [f'namespace="{NAMESPACE}",pod="{model}-v1-{pod}",inference_model="{model}"' for pod in _PODS]


def backfilled(programs: Path, directory: Path, names: Sequence[str]) -> None:
    """Writes the past of some models into the data of a Prometheus that is to run in ``directory``."""
    text = directory / "past.txt"
    now = int(time.time()) // _SPARSE_SECONDS * _SPARSE_SECONDS
    with text.open("w", encoding="utf-8") as file:
        file.writelines(_past(names, now))
        file.write("# EOF\n")
    backfill = [str(programs / "promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    command = [*backfill, "--max-block-duration=168h", str(text), str(directory / "data")]
    subprocess.run(command, check=True, capture_output=True)
    text.unlink()


def _past(names: Sequence[str], now: int) -> Iterator[str]:
    """Lines of OpenMetrics, one name after the other: of each series as much as the rules look back."""
    series = sorted(line for name in names for line, _ in _series(name))
    for line in sorted(series, key=lambda each: each.partition("{")[0]):
        remembered = line.startswith((*(each.partition("{")[0] for each in _COUNTED), "kube_deployment_spec_replicas"))
        yield from _samples(line, _DAY if remembered else 10 * _MINUTE, now, _SAMPLE_SECONDS)
    for name, seconds, every in (
        (f"{FAILED}:rate5m", 10 * _MINUTE, _SAMPLE_SECONDS),
        (f"{TOTAL}:rate5m", 10 * _MINUTE, _SAMPLE_SECONDS),
        (f"{FAILED}:{SPARSE}", 30 * _DAY, _SPARSE_SECONDS),
        (f"{TOTAL}:{SPARSE}", 30 * _DAY, _SPARSE_SECONDS),
    ):
        for model in names:
            own = f'{name}{{namespace="{NAMESPACE}",inference_model="{model}"}}'
            yield from _samples(own, seconds, now, every)


def _samples(series: str, seconds: int, now: int, every: int) -> Iterator[str]:
    for since in range(0, seconds, every):
        yield f"{series} {since % 1_000_000} {now - seconds + since}\n"
