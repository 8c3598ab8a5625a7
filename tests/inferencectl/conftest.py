"""What the engines' tests share: both engines, and a proxy between them and the cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.client import ApiClient

from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.workspace.project import Project
from tests.inferencectl.faulty_proxy import FaultyProxy, faulty_proxy
from tests.inferencectl.pulumi.stand_in import StandIn, small_checkout, stand_in


@pytest.fixture
def proxy(api_client: ApiClient) -> Iterator[FaultyProxy]:
    with faulty_proxy(api_client) as running:
        yield running


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A `pulumi` on the PATH that is none."""
    return stand_in(tmp_path / "bin", monkeypatch)


@pytest.fixture
def small_project(tmp_path: Path) -> Project:
    return small_checkout(tmp_path / "checkout")


@pytest.fixture
def pulumi_engine(small_project: Project, pulumi: StandIn, tmp_path: Path) -> PulumiEngine:
    """An engine that calls the stand-in; its cluster does not exist."""
    return PulumiEngine(project=small_project, stack="dev", kubeconfig=tmp_path / "kubeconfig")
