"""The demonstration's stack: its settings, and what the program registers for them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import settings
from inferencectl.program.recording import Recording, record_program
from inferencectl.workspace.project import Project

STACK = "demo-canary"
MODEL = "mnist"
_FILE = Path(__file__).parent / "stack.yaml"
_KEY = "inference:platform"


def configured(prometheus: str, versions: Sequence[int], candidate: int | None) -> Mapping[str, str]:
    """The stack's configuration with the address of the running Prometheus; the first of `versions` has the clients."""
    config = settings.read_stack_file(_FILE)
    platform = json.loads(config[_KEY])
    platform["autoscaling"]["prometheus"] = prometheus
    (model,) = platform["models"]
    model["versions"] = [
        {
            "version": number,
            "storage": f"s3://models/{MODEL}/{number}",
            "sha256": f"{number:064x}",
            "weight": 100 if number == versions[0] else 0,
        }
        for number in versions
    ]
    if candidate is not None:
        model["release"]["candidate"] = candidate
    return {**config, _KEY: json.dumps(platform)}


def recorded(project: Project, config: Mapping[str, str]) -> Recording:
    """Returns what the unmodified program registers."""
    return record_program(project.program, project=project.name, stack=STACK, config=config)
