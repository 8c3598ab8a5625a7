"""The rules of a model as the program makes them, and series with the names that they read, of now and of 30 days."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import settings
from inferencectl.demos.autoscaling.model_exporter import BUCKETS_MICROS
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[1])
STACK, NAMESPACE = "prod", "models-prod"
_KEY = "inference:platform"
_MODEL, _PODS = "iris", ("7d9f8c-aaaaa", "7d9f8c-bbbbb")
_SAMPLE_SECONDS = 30
_DAY_SECONDS = 86_400
_RAW_DAYS, _RECORDED_DAYS = 3, 30
"""The longest windows of a model's own series, and of those that are recorded."""
_RECORDED = ("inference:failed_requests:rate5m", "inference:requests:rate5m")
_COUNTED = tuple(
    [f':tensorflow:serving:request_count{{model_name="iris",status="{status}"' for status in ("OK", "INTERNAL")]
    + [
        f':tensorflow:serving:request_latency_count{{model_name="iris",API="{api}",entrypoint="REST"'
        for api in ("predict", "")
    ]
)


@cache
def _rules() -> str:
    """The groups of rules of one model with an objective, as JSON."""
    config = settings.read_stack_file(PROJECT.program.parent / f"Pulumi.{STACK}.yaml")
    platform = json.loads(config[_KEY])
    platform["monitoring"] = {"scraperNamespace": "monitoring"}
    platform["models"] = [each for each in platform["models"] if each["name"] == _MODEL]
    platform["models"][0]["objective"] = {"availabilityPercent": 99.9, "latencyP95Milliseconds": 200}
    recording = record_program(
        PROJECT.program, project=PROJECT.name, stack=STACK, config={**config, _KEY: json.dumps(platform)}
    )
    (groups,) = (
        each.inputs["spec"]["groups"]
        for each in recording.resources
        if each.inputs.get("kind") == "PrometheusRule" and each.inputs["metadata"]["name"].endswith(f"-{_MODEL}")
    )
    return json.dumps(groups)


def rules_of_model(name: str) -> list[dict[str, Any]]:
    """The same of a model with another name."""
    return json.loads(_rules().replace(_MODEL, name))


def live_page(names: Sequence[str]) -> str:
    """What exporters say of the pods of all models, in Prometheus' text format."""
    return "".join(f"{line}\n" for name in names for line in _lines(name))


def _lines(model: str) -> Iterator[str]:
    for own in _pods_of(model):
        for counted in _COUNTED:
            yield f"{counted.replace(_MODEL, model)},{own}}} 1000"
        for api in ("predict", ""):
            for most in [*BUCKETS_MICROS, float("inf")]:
                limit = "+Inf" if most == float("inf") else f"{most:.6g}"
                labels = f'model_name="{model}",API="{api}",entrypoint="REST",le="{limit}"'
                yield f":tensorflow:serving:request_latency_bucket{{{labels},{own}}} 1000"
        container = f'{own},container="model-server"'
        yield f"container_cpu_usage_seconds_total{{{container}}} 100"
        yield f"container_memory_working_set_bytes{{{container}}} 100"
        for resource in ("cpu", "memory"):
            yield f'kube_pod_container_resource_limits{{{container},resource="{resource}"}} 1000'
        yield f"up{{{own}}} 1"
        yield f'kube_pod_info{{{own},node="node-1"}} 1'
        for phase in ("Pending", "Running", "Succeeded", "Failed", "Unknown"):
            yield f'kube_pod_status_phase{{{own},phase="{phase}"}} {int(phase == "Running")}'
    deployment = f'namespace="{NAMESPACE}",deployment="{model}-v1"'
    yield f"kube_deployment_spec_replicas{{{deployment}}} 2"
    yield f"kube_deployment_status_replicas_available{{{deployment}}} 2"
    scaler = f'namespace="{NAMESPACE}",horizontalpodautoscaler="{model}-v1"'
    yield f"kube_horizontalpodautoscaler_status_current_replicas{{{scaler}}} 2"
    yield f"kube_horizontalpodautoscaler_spec_max_replicas{{{scaler}}} 4"


def _pods_of(model: str) -> list[str]:
    return [f'namespace="{NAMESPACE}",pod="{model}-v1-{pod}",inference_model="{model}"' for pod in _PODS]


def backfilled(programs: Path, directory: Path, names: Sequence[str]) -> None:
    """Writes the past of some models into the data of a Prometheus that is to run in ``directory``."""
    text = directory / "past.txt"
    now = int(time.time()) // _SAMPLE_SECONDS * _SAMPLE_SECONDS - _SAMPLE_SECONDS
    with text.open("w", encoding="utf-8") as file:
        file.writelines(_past(names, now))
        file.write("# EOF\n")
    backfill = [str(programs / "promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    command = [*backfill, "--max-block-duration=168h", str(text), str(directory / "data")]
    subprocess.run(command, check=True, capture_output=True)
    text.unlink()


def _past(names: Sequence[str], now: int) -> Iterator[str]:
    """Lines of OpenMetrics, one name after the other."""
    for recorded in _RECORDED:
        for name in names:
            labels = f'namespace="{NAMESPACE}",inference_model="{name}"'
            yield from _samples(f"{recorded}{{{labels}}}", _RECORDED_DAYS, now)
    for counted in _COUNTED:
        for name in names:
            for own in _pods_of(name):
                yield from _samples(f"{counted.replace(_MODEL, name)},{own}}}", _RAW_DAYS, now)


def _samples(series: str, days: int, now: int) -> Iterator[str]:
    for since in range(0, days * _DAY_SECONDS, _SAMPLE_SECONDS):
        yield f"{series} {since % 1_000_000} {now - days * _DAY_SECONDS + since}\n"
