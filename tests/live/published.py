"""Versions that a test publishes to the store of the live stack."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from inferencectl.live_load import MODEL
from tests.live_stack import LiveCheckout

_PREPARED = """
import json, sys
from pathlib import Path
from inferencectl.live_stack import LiveStack, Training
from inferencectl.sandbox.live import digits
from inferencectl.judged_program import this_project
from inferencectl.session import TRAINING_PYTHON
from inferencectl.stack_sandbox import StackSandbox
def silent(message): pass
project = this_project()
python = project.root / TRAINING_PYTHON
stack = LiveStack(sandbox=StackSandbox(project=project, stack="live"), training_python=python)
"""
_FAILING = """

class TritonPythonModel(TritonPythonModel):
    asked = 0

    def execute(self, requests):
        self.asked += 1
        if self.asked % 2 == 0:
            raise RuntimeError("this version fails for every second request")
        return super().execute(requests)
"""
_PRINTED = "print(json.dumps({name: getattr(made, name) for name in ('version', 'storage', 'sha256')}))"


def published_again(live: LiveCheckout) -> Mapping[str, object]:
    """The model under the next number, in the settings' keys."""
    return json.loads(_run(live, f"made = stack.publish_again(silent)\n{_PRINTED}"))


def published(live: LiveCheckout, model: str, directory: Path) -> Mapping[str, object]:
    """The files in a directory, described by the file beside it, as the next version of a model; likewise."""
    publish = "made = stack.registry(silent).publish(sys.argv[1], Path(sys.argv[2]), silent)"
    return json.loads(_run(live, f"{publish}\n{_PRINTED}", model, str(directory)))


def published_failing(live: LiveCheckout, directory: Path) -> Mapping[str, object]:
    """A version of the model that fails for every second request, as its next one; its files are made in `directory`.

    Likewise.
    """
    trained, made = trained_for_triton(live), directory / "1"
    shutil.copytree(trained, made)
    shutil.copy(trained.with_name(f"{trained.name}.yaml"), made.with_name("1.yaml"))
    with (made / "model.py").open("a", encoding="utf-8") as source:
        source.write(_FAILING)
    return published(live, MODEL, made)


def trained_for_triton(live: LiveCheckout) -> Path:
    """The directory of the version that the live stack has published for Triton."""
    trained = "print(Training(root=project.root, python=python).trained(silent) / digits.TRITON.trained)"
    return Path(_run(live, trained).strip())


def _run(live: LiveCheckout, script: str, *arguments: str) -> str:
    # In a process of the copy, as `up` is: what starts the sandbox from another folder is not taken for the same.
    command = [sys.executable, "-c", _PREPARED + script, *arguments]
    return subprocess.run(command, cwd=live.checkout.root, check=True, capture_output=True, text=True).stdout
