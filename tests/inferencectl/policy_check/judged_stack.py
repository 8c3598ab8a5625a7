"""The prod stack, judged by a copy of the pack with a configuration of the test's own."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inferencectl.policy_check.verdict import Examination, analyzer_of, examine
from inferencectl.program.recording import Recording, Resource
from inferencectl.program.run import run_program
from inferencectl.workspace.project import Project

ROOT = Path(__file__).parents[3]
STACK = "prod"
WITHOUT_BACKUP = "bert-models"
"""A claim that does not say where its files can be had again, which the committed stack has none of (D10)."""


def _without_annotations(claim: Resource) -> Resource:
    return replace(claim, inputs={**claim.inputs, "metadata": {**claim.inputs["metadata"], "annotations": {}}})


@dataclass(frozen=True, kw_only=True)
class JudgedStack:
    """A copy of the checkout's policies, and what the program registers."""

    project: Project
    recording: Recording

    @classmethod
    def copied_to(cls, root: Path) -> "JudgedStack":
        shutil.copytree(ROOT / "policies", root / "policies")
        for file in ("Pulumi.yaml", f"Pulumi.{STACK}.yaml", "__main__.py"):
            shutil.copy2(ROOT / file, root / file)
        made = cls(project=Project(root), recording=run_program(Project(ROOT), STACK).recording)
        return made.with_resource(WITHOUT_BACKUP, _without_annotations)

    def examined(self, rules: Mapping[str, Any] | None = None) -> Examination:
        """What the pack says, with ``rules`` over the stack's own configuration."""
        file = self.project.policy_pack / "config" / f"{STACK}.json"
        own = json.loads((ROOT / "policies" / "config" / f"{STACK}.json").read_text(encoding="utf-8"))["rules"]
        given = dict(rules or {})
        levels = {**own.get("levels", {}), **given.pop("levels", {})}
        file.write_text(json.dumps({"rules": {**own, **given, "levels": levels}}, indent=2), encoding="utf-8")
        return examine(analyzer_of(self.project, STACK), self.recording)

    def with_resource(self, name: str, change: Callable[[Resource], Resource]) -> "JudgedStack":
        """The same stack with one of its resources changed."""
        resources = tuple(change(each) if each.name == name else each for each in self.recording.resources)
        assert resources != self.recording.resources
        return replace(self, recording=replace(self.recording, resources=resources))
