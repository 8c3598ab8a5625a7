"""A whole stack that is watched, as the program makes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from inferencectl.deployer import plain_objects
from inferencectl.program.recording import record_program
from tests.settings.settings_stack import ROOT, edited

Manifest = Mapping[str, Any]

MONITORING = {"scraperNamespace": "monitoring", "labels": {"release": "prometheus"}}


def manifests(edits: Mapping[str, Any], stack: str = "dev") -> Sequence[Manifest]:
    """The objects that the program makes of a committed stack with edits."""
    recording = record_program(ROOT / "__main__.py", project="inference", stack=stack, config=edited(edits, stack))
    return [item.manifest for item in plain_objects(recording)]


def of_kind(kind: str, made: Sequence[Manifest]) -> Mapping[str, Manifest]:
    """Those of a kind, by name."""
    return {manifest["metadata"]["name"]: manifest for manifest in made if manifest["kind"] == kind}
