"""kubectl with the administrator's kubeconfig of one sandbox."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inferencectl.workspace.errors import SandboxError


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """The program, and the `kubeconfig` of the sandbox; it keeps what it caches beside that file.

    `remedy` is what an error advises; without one, to look at the logs beside the kubeconfig.
    """

    executable: Path
    kubeconfig: Path
    remedy: str = ""

    def run(self, *arguments: str, standard_input: str = "") -> str:
        """Returns what kubectl prints; raises SandboxError with its error."""
        command = [str(self.executable), f"--kubeconfig={self.kubeconfig}"]
        command += [f"--cache-dir={self.kubeconfig.parent / 'kubectl-cache'}", *arguments]
        result = subprocess.run(command, check=False, input=standard_input, capture_output=True, text=True)
        if result.returncode != 0:
            raise SandboxError(
                f"cannot work on the sandbox's own objects (kubectl {arguments[0]}): {result.stderr.strip()}",
                self.remedy or f"the logs of the control plane are in {self.kubeconfig.parent / 'logs'}",
            )
        return result.stdout

    def apply(self, manifests: str, *arguments: str) -> None:
        """Applies `manifests`, YAML or JSON, as the owner of every field in them; raises SandboxError."""
        self.run("apply", "--server-side", "--force-conflicts", "-f", "-", *arguments, standard_input=manifests)

    def apply_objects(self, objects: Sequence[Mapping[str, Any]]) -> None:
        """Applies `objects` likewise."""
        self.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def await_rollout(self, deployment: str, namespace: str, seconds: int) -> None:
        """Returns when the pods of a Deployment are ready; raises SandboxError if they are not after `seconds`."""
        self.run("rollout", "status", f"deployment/{deployment}", f"--namespace={namespace}", f"--timeout={seconds}s")
