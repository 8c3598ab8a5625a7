"""A cluster that is there is used only where it was asked for, and nothing is made before it is known to do."""

from pathlib import Path

import pytest
import yaml

from inferencectl.sandbox.node import prerequisites
from inferencectl.stack_cluster import StackCluster
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from tests.inferencectl.existing_cluster.test_kubeconfig import document, written

CONTEXT = "kind-models"
PLATFORM = {"config": {"inference:platform": {"cluster": {"context": "inference-live"}}}}


def silent(_message: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackCluster:
    """The stack live of an empty checkout; nothing answers where its kubeconfig leads."""
    content = document(CONTEXT, "prod", current=CONTEXT)
    content["clusters"][0]["cluster"] = {"server": "https://127.0.0.1:1"}
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "config", content)))
    kind = written(tmp_path / "bin" / "kind", "#!/bin/sh\n")
    kind.chmod(0o755)
    monkeypatch.setenv("PATH", f"{kind.parent}:/usr/sbin:/usr/bin:/sbin:/bin")
    return StackCluster(project=Project(tmp_path / "checkout"), stack="live")


@pytest.mark.usefixtures("tools")
def test_nothing_stays_of_a_cluster_that_does_not_answer(live: StackCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites, "require_to_make_images", lambda _: None)
    with pytest.raises(SandboxError, match=f"the cluster of the context {CONTEXT} does not answer: .*refused"):
        live.choose("current", (), silent)
    assert live.context is None
    assert not live.project.cluster_directory("live").exists()


def refused(cluster: StackCluster, wanted: str) -> SandboxError:
    before = sorted(cluster.project.root.rglob("*"))
    with pytest.raises(SandboxError) as error:
        cluster.choose(wanted, (), silent)
    assert sorted(cluster.project.root.rglob("*")) == before
    assert error.value.exit_code == BAD_INPUT
    return error.value


def test_without_a_wish_it_is_a_sandbox(live: StackCluster) -> None:
    live.choose(None, (), silent)
    assert live.context is None
    assert live.existing(silent) is None
    assert not live.project.root.exists()


def test_other_stacks_are_refused(live: StackCluster) -> None:
    error = refused(StackCluster(project=live.project, stack="dev"), "current")
    assert str(error).startswith("CLUSTER= is for the stack live, not for dev")


def test_a_context_of_no_known_tool_is_refused(live: StackCluster) -> None:
    assert "the context prod is of neither kind nor k3d" in refused(live, "prod").message


def test_a_sandbox_that_is_there_has_to_go_first(live: StackCluster) -> None:
    directory = live.project.cluster_directory("live")
    directory.mkdir(parents=True)
    (directory / "state.json").write_text("{}", encoding="utf-8")
    error = refused(live, "current")
    assert f"is on a sandbox of its own, and CLUSTER= asks for that of {CONTEXT}" in error.message
    assert "make down STACK=live" in error.remedy


def test_another_context_than_before_is_refused_and_the_same_one_changes_nothing(live: StackCluster) -> None:
    directory = live.project.cluster_directory("live")
    directory.mkdir(parents=True)
    (directory / "context").write_text(CONTEXT, encoding="utf-8")
    live.choose("current", (), silent)
    assert live.context == CONTEXT
    assert f"is on the cluster of {CONTEXT}, and CLUSTER= asks for that of prod" in refused(live, "prod").message


def test_a_stack_file_for_another_cluster_is_not_deployed_to_this_one(live: StackCluster) -> None:
    live.project.root.mkdir()
    file = live.project.stack_file("live")
    file.write_text(yaml.safe_dump(PLATFORM), encoding="utf-8")
    error = refused(live, "current")
    assert error.message == f"Pulumi.live.yaml: cluster.context is inference-live, and CLUSTER= asks for {CONTEXT}"
    file.write_text("config: 3", encoding="utf-8")
    assert "cluster.context is " in refused(live, "current").message
