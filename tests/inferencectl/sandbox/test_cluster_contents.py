"""What the sandbox does with the API server's answers about its own contents, told by a stand-in for kubectl."""

import json
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from inferencectl.sandbox.cluster_contents import ClusterContents
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.workspace.errors import SandboxError

KUBECTL = """#!{python}
import json, sys
from pathlib import Path

log = Path(__file__).with_name("calls")
calls = log.read_text().splitlines() if log.exists() else []
with log.open("a") as file:
    print(json.dumps(sys.argv[3:]), file=file)
changed = any(json.loads(call)[0] == "annotate" for call in calls)
if "crd" in sys.argv and "wait" in sys.argv and not changed:
    sys.exit({error!r})
"""
STUCK = (
    "timed out waiting for the condition on customresourcedefinitions/nodepools.karpenter.sh\n"
    "timed out waiting for the condition on customresourcedefinitions/scaledobjects.keda.sh"
)


def contents(directory: Path, error: str) -> ClusterContents:
    executable = directory / "kubectl"
    executable.write_text(KUBECTL.format(python=sys.executable, error=error))
    executable.chmod(0o755)
    kubectl = Kubectl(executable=executable, kubeconfig=directory / "kubeconfig")
    return ClusterContents(toolchain=Mock(crd_files=()), kubectl=kubectl)


def calls(directory: Path) -> list[list[str]]:
    return [json.loads(line) for line in (directory / "calls").read_text().splitlines()]


def test_definitions_that_an_interrupted_start_left_are_looked_at_again(tmp_path: Path) -> None:
    contents(tmp_path, STUCK).apply()
    (annotated,) = (call for call in calls(tmp_path) if call[0] == "annotate")
    assert annotated[:-1] == ["annotate", "--overwrite", "crd", "nodepools.karpenter.sh", "scaledobjects.keda.sh"]


def test_another_error_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="connection refused"):
        contents(tmp_path, "connection refused").apply()
    assert not [call for call in calls(tmp_path) if call[0] == "annotate"]
