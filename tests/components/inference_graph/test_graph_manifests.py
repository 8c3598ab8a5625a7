"""The router's manifests against the router itself, and who may reach whom."""

# The fields of typed arguments may hold outputs; here they are plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false, reportCallIssue=false

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.inference_graph import manifests, pods
from components.inference_graph.args import InferenceGraphArgs
from graph_router.graph import Cascade, Ensemble, Sequential, Switch, read_graph
from graph_router.options import parser
from graph_router.server import LIVE_PATH, METRICS_PATH, READY_PATH
from settings import SettingsError
from settings.graph.graph import Graph
from tests.components.graphed import CASCADE, EVERYTHING, ROUTER_IMAGE, graph_args
from tests.components.models import model, service_args


def container(args: InferenceGraphArgs) -> Any:
    (found,) = pods.deployment(args).spec.template.spec.containers
    return found


def test_the_router_is_started_with_options_that_it_has() -> None:
    made = container(graph_args())
    options = parser().parse_args(made.args)
    assert (options.port, options.metrics_port) == tuple(port.container_port for port in made.ports)
    assert (options.graph.parent, options.graph.name) == (Path(pods.DIRECTORY), *graph_args().files)
    assert made.volume_mounts[0].mount_path == pods.DIRECTORY
    assert made.image == ROUTER_IMAGE


def test_probes_and_scrapes_ask_what_it_answers() -> None:
    made = container(graph_args())
    assert made.readiness_probe.http_get.path == made.startup_probe.http_get.path == READY_PATH
    assert made.liveness_probe.http_get.path == LIVE_PATH
    assert manifests.METRICS_PATH == METRICS_PATH


def test_the_router_reads_what_the_settings_say(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text(graph_args(**EVERYTHING).files["graph.json"])
    read = read_graph(file)
    kinds = {name: type(step) for name, step in read.steps.items()}
    assert kinds == {"first": Sequential, "who": Switch, "both": Ensemble, "sure": Cascade}
    assert (read.entry, read.budget_seconds, read.most_requests, read.most_bytes) == ("first", 3, 32, 2**16)
    step = read.steps["sure"]
    assert isinstance(step, Cascade)
    assert step.light.fallback
    assert (step.light.seconds, step.light.retries, step.light.fallback.to) == (0.1, 1, "heavy")
    assert {name: (each.address, each.protocol) for name, each in read.models.items()} == {
        "light": ("http://light:8501", "tensorflow-serving"),
        "heavy": ("http://heavy:8000", "open-inference"),
    }


def test_another_graph_rolls_the_pods_and_another_size_does_not_change_the_file() -> None:
    def annotations(**fields: Any) -> Any:
        return pods.deployment(graph_args(**fields)).spec.template.metadata.annotations

    assert annotations() != annotations(budgetMilliseconds=999)
    assert annotations() == annotations(router={"replicas": 5})


def test_the_end_of_a_pod_leaves_time_for_every_answer() -> None:
    for milliseconds, seconds in ((1000, 11), (1001, 12)):
        spec = pods.deployment(graph_args(budgetMilliseconds=milliseconds)).spec.template.spec
        assert spec.termination_grace_period_seconds == seconds
    assert f"--drain-seconds={pods.DRAIN_SECONDS}" in container(graph_args()).args


def test_the_policies_open_each_others_ports() -> None:
    args = graph_args()
    own, models = manifests.own_policy(args).spec, manifests.models_policy(args).spec
    out = {
        rule.to[0].pod_selector.match_labels["app.kubernetes.io/name"]: [port.port for port in rule.ports]
        for rule in own.egress
    }
    assert out == {"light": [8501], "heavy": [8000]}
    (expression,) = models.pod_selector.match_expressions
    assert (expression.key, expression.values) == ("app.kubernetes.io/name", ["light", "heavy"])
    (let_in,) = models.ingress
    assert sorted(port.port for port in let_in.ports) == [8000, 8501]
    (peer,) = let_in.from_
    assert peer.pod_selector.match_labels == pods.deployment(args).spec.template.metadata.labels
    assert models.policy_types == ["Ingress"]


def test_a_model_is_asked_by_its_name_in_requests() -> None:
    served = [service_args(model("light", served_name="Light.v2")), *graph_args().models[1:]]
    written = json.loads(replace(graph_args(), models=served).files["graph.json"])["models"]
    assert [(each["name"], each["nameInRequests"]) for each in written] == [("light", "Light.v2"), ("heavy", "heavy")]


def test_a_graph_without_one_of_its_models_is_refused() -> None:
    whole = graph_args()
    with pytest.raises(SettingsError, match="none is called 'heavy'"):
        InferenceGraphArgs(
            graph=Graph.model_validate(CASCADE), models=whole.models[:1], namespace="models", image=ROUTER_IMAGE
        )


def test_the_file_is_the_same_for_the_same_settings() -> None:
    assert graph_args().files == graph_args().files
    assert json.loads(graph_args().files["graph.json"])["name"] == "answers"
