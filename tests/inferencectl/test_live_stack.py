"""What the live stack starts for a stack that scales by load, and for one that does not."""

from pathlib import Path

import pytest

from inferencectl.live_stack import LiveStack
from inferencectl.sandbox.cluster_status import Cluster
from inferencectl.sandbox.live.prometheus_pod import ADDRESS
from inferencectl.stack_nodes import LIVE
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.project import Project
from settings import Autoscaling

OWN = Autoscaling(prometheus="http://prometheus.mine.svc:9090", scraper_namespace="mine")


@pytest.mark.parametrize(
    ("autoscaling", "said"),
    [(None, []), (OWN, [f"no Prometheus and KEDA are started: autoscaling.prometheus is not {ADDRESS}"])],
)
def test_nothing_is_started_that_the_settings_do_not_name(
    autoscaling: Autoscaling | None, said: list[str], tmp_path: Path
) -> None:
    sandbox = StackSandbox(project=Project(tmp_path), stack=LIVE)
    messages: list[str] = []
    absent = Cluster(server="", kubeconfig=tmp_path / "absent")
    LiveStack(sandbox=sandbox, training_python=tmp_path).scale_by_load(absent, autoscaling, messages.append)
    assert messages == said
    assert not list(tmp_path.iterdir())
