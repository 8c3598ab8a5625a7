"""The demonstration's stack: its settings, and what the program registers for them."""

import json
from collections.abc import Mapping
from pathlib import Path

import settings
from inferencectl.program.recording import Recording, record_program
from inferencectl.workspace.project import Project

STACK = "demo-autoscaling"
_FILE = Path(__file__).parent / "stack.yaml"
_KEY = "inference:platform"


def configured(prometheus: str) -> Mapping[str, str]:
    """The stack's configuration, with the address of the running Prometheus."""
    config = settings.read_stack_file(_FILE)
    platform = json.loads(config[_KEY])
    platform["autoscaling"]["prometheus"] = prometheus
    return {**config, _KEY: json.dumps(platform)}


def recorded(project: Project, config: Mapping[str, str]) -> Recording:
    """Returns what the unmodified program registers."""
    return record_program(project.program, project=project.name, stack=STACK, config=config)


def autoscaling_of(platform: settings.Platform) -> settings.Autoscaling:
    """Returns the autoscaling settings, which the stack file always has."""
    if platform.autoscaling is None:
        raise ValueError(f"{_FILE} has no autoscaling")
    return platform.autoscaling
