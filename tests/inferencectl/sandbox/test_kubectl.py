"""An error of kubectl says what it was asked to do, and where to look."""

from pathlib import Path

import pytest

from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.workspace.errors import SandboxError


@pytest.mark.parametrize(
    ("remedy", "said"), [("", "the logs of the control plane are in {}/logs"), ("see the cluster", "see the cluster")]
)
def test_the_verb_that_failed_and_a_remedy_are_named(tmp_path: Path, remedy: str, said: str) -> None:
    program = tmp_path / "kubectl"
    program.write_text("#!/bin/sh\necho 'not found' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    kubectl = Kubectl(executable=program, kubeconfig=tmp_path / "kubeconfig", remedy=remedy)
    with pytest.raises(SandboxError) as failed:
        kubectl.run("delete", "namespace", "storage")
    assert failed.value.message == "cannot work on the sandbox's own objects (kubectl delete): not found"
    assert failed.value.remedy == said.format(tmp_path)
