"""A sandbox in which one model is watched by the real operator, Prometheus and Alertmanager."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config

import settings
from components.monitoring_stack.rules import MODEL_LABEL
from inferencectl.alerts import AlertmanagerApi
from inferencectl.demos.alert.acceleration import accelerated
from inferencectl.demos.alert.webhook import Webhook, webhook
from inferencectl.demos.autoscaling.model_exporter import ServedLoad, served
from inferencectl.demos.autoscaling.scraping import models_configuration
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.deployer.resources import Resources
from inferencectl.program.recording import record_program
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.controllers import Alertmanager, Prometheus, PrometheusOperator
from inferencectl.sandbox.controllers.alertmanager_object import operators_configuration
from inferencectl.sandbox.controllers.model_discovery import META
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.toolchain import ALERTMANAGER, PROMETHEUS, PROMETHEUS_OPERATOR, TOOLS
from inferencectl.workspace.project import Project

STACK, MODEL = "demo-alert", "mnist"
_SHARED = ".models-0"
FACTOR = 30
"""By what the durations of the rules are divided."""

_FILE = Path(__file__).parent / "stack.yaml"
_SCRAPE_SECONDS = 1
_REQUESTS_PER_SECOND = 20.0

Progress = Callable[[str], None]
Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The load of the model, who is told, and where what fires is asked for."""

    load: ServedLoad
    told: Webhook
    prometheus: str
    alertmanager: AlertmanagerApi
    namespace: str

    def state(self, alert: str) -> str:
        """What Prometheus has of an alert: `pending`, `firing`, or nothing."""
        with urllib.request.build_opener().open(f"{self.prometheus}/api/v1/alerts", timeout=10) as reply:
            found = json.load(reply)["data"]["alerts"]
        return next((each["state"] for each in found if each["labels"]["alertname"] == alert), "")


@contextmanager
def running_scene(project: Project, directory: Path, progress: Progress) -> Iterator[Scene]:
    """Yields the scene, with a model that answers well, in the sandbox `directory`; deletes it at exit.

    Raises SandboxError if a program cannot be built or started, or if the model does not become ready.
    """
    tools = (*TOOLS, PROMETHEUS, PROMETHEUS_OPERATOR, ALERTMANAGER)
    build_missing(tools, toolchain.cache_directory(), progress)
    plane = ControlPlane(directory, toolchain.ensure(progress))
    # A killed run leaves everything behind.
    plane.delete(progress)
    with (
        plane.disposable(progress) as cluster,
        new_client_from_config(str(cluster.kubeconfig)) as api,
        webhook() as told,
        served(ServedLoad(requests_per_second=_REQUESTS_PER_SECOND, scrape_seconds=_SCRAPE_SECONDS)) as load,
    ):
        progress("deploying the model with its rules and its AlertmanagerConfig")
        made = _deployed(project, api)
        namespace = made["AlertmanagerConfig"]["metadata"]["namespace"]
        Resources(api).apply(_secret(namespace, told))
        PrometheusOperator(cluster).start(progress)
        alertmanager, prometheus = Alertmanager(cluster.kubeconfig.parent), Prometheus(cluster)
        alertmanager.start(operators_configuration(api, made["AlertmanagerConfig"]), progress)
        rules = cluster.kubeconfig.parent / "rules.yaml"
        rules.write_text(yaml.safe_dump(dict(accelerated(made["PrometheusRule"]["spec"], FACTOR))))
        scraping = models_configuration(prometheus.kubeconfig, namespace, load.port, _SCRAPE_SECONDS)
        prometheus.start(_watching(scraping, rules, alertmanager), progress)
        yield Scene(
            load=load,
            told=told,
            prometheus=prometheus.url,
            alertmanager=AlertmanagerApi(url=alertmanager.url),
            namespace=namespace,
        )


def _deployed(project: Project, api: ApiClient) -> Mapping[str, Manifest]:
    """Deploys what the unmodified program makes of the stack; the rules that models share and who is told, by kind."""
    config = settings.read_stack_file(_FILE)
    recording = record_program(project.program, project=project.name, stack=STACK, config=config)
    objects = kubernetes_objects(recording)
    Deployer(api, STACK).deploy(objects, lambda _: None)
    made = [each.manifest for each in objects]
    return {
        each["kind"]: each
        for each in made
        if each["kind"] == "AlertmanagerConfig"
        or (each["kind"] == "PrometheusRule" and each["metadata"]["name"].endswith(_SHARED))
    }


def _secret(namespace: str, told: Webhook) -> Manifest:
    addresses = {name: b64encode(f"{told.url}/{name}".encode()).decode() for name in ("on-call", "tickets")}
    metadata = {"name": "receivers", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": addresses}


def _watching(scraping: Manifest, rules: Path, alertmanager: Alertmanager) -> Manifest:
    """With the rules, and the label of a PodMonitor by which they select."""
    (job,) = scraping["scrape_configs"]
    named = {"source_labels": [f"{META}_label_app_kubernetes_io_name"], "target_label": MODEL_LABEL}
    return {
        "global": {**scraping["global"], "evaluation_interval": f"{_SCRAPE_SECONDS}s"},
        "scrape_configs": [{**job, "relabel_configs": [*job["relabel_configs"], named]}],
        "rule_files": [str(rules)],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.address]}]}]},
    }
