"""What the live stack starts beside the models, by the settings: what scales them, a gateway, and Flagger."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from inferencectl.live_stack import LiveStack
from inferencectl.sandbox.cluster_status import Cluster
from inferencectl.sandbox.live.prometheus_pod import ADDRESS
from inferencectl.stack_cluster import StackCluster
from inferencectl.stack_nodes import LIVE
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from settings import Autoscaling, Gateway, Mesh, MeshProfile, Model
from tests.components.model_service.progressive_releases import released
from tests.components.models import model

OWN = Autoscaling(prometheus="http://prometheus.mine.svc:9090", scraper_namespace="mine")


@pytest.mark.parametrize(
    ("autoscaling", "said"),
    [(None, []), (OWN, [f"no Prometheus and KEDA are started: autoscaling.prometheus is not {ADDRESS}"])],
)
def test_nothing_is_started_that_the_settings_do_not_name(
    autoscaling: Autoscaling | None, said: list[str], tmp_path: Path
) -> None:
    assert told(autoscaling, tmp_path, models=(model("iris"),)) == said


def test_nothing_is_started_in_a_cluster_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackCluster, "context", "kind-mine")
    own = OWN.model_copy(update={"prometheus": ADDRESS})
    assert told(own, tmp_path) == ["no Prometheus and KEDA are started: what the cluster has is used"]


def test_no_gateway_is_started_in_a_cluster_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackCluster, "context", "kind-mine")
    gateway = Gateway(name="public", namespace="gateway", hostname="models.example")
    assert told(None, tmp_path, gateway) == ["no gateway is started: public of the cluster is used"]


@pytest.mark.parametrize("owned", [None, {}, {"createNamespace": False, "certificate": {"issuer": {"name": "public"}}}])
def test_a_gateway_that_the_sandbox_cannot_run_is_refused(tmp_path: Path, owned: Mapping[str, object] | None) -> None:
    fields = {"name": "public", "namespace": "gateway", "hostname": "models.example"}
    made = {"owned": {"certificate": {"secret": "gateway-tls"}, **owned}} if owned is not None else {}
    with pytest.raises(SandboxError, match="ask for something else") as caught:
        told(None, tmp_path, Gateway.model_validate({**fields, **made}))
    assert caught.value.exit_code == BAD_INPUT


def test_no_flagger_is_started_in_a_cluster_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackCluster, "context", "kind-mine")
    progressive = released("iris", None, (1,))
    assert told(None, tmp_path, models=(progressive,)) == ["no Flagger is started: that of the cluster is used"]


def test_no_mesh_is_started_in_a_cluster_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackCluster, "context", "kind-mine")
    mesh = Mesh(profile=MeshProfile.ISTIO)
    assert told(None, tmp_path, mesh=mesh) == ["no istiod is started: the mesh of the cluster is used"]


def told(
    autoscaling: Autoscaling | None,
    directory: Path,
    gateway: Gateway | None = None,
    models: tuple[Model, ...] = (),
    mesh: Mesh | None = None,
) -> list[str]:
    """What `up` says; it cannot start anything, as there is no cluster."""
    sandbox = StackSandbox(project=Project(directory), stack=LIVE)
    messages: list[str] = []
    absent = Cluster(server="", kubeconfig=directory / "absent")
    live = LiveStack(sandbox=sandbox, training_python=directory)
    live.scale_by_load(absent, autoscaling, gateway, messages.append)
    live.open_gateway(absent, gateway, mesh or Mesh(), messages.append)
    live.release_progressively(absent, models, messages.append)
    assert not list(directory.iterdir())
    return messages
