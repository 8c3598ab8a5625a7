"""Rules and what is expected of them, as files that promtool reads."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.monitoring_stack.manifests import rules_spec
from components.monitoring_stack.rules import Group, groups_of_model, groups_of_stack
from tests.components.monitoring_stack.scene import Scene
from tests.components.watched import MONITORING, watched_models

NAMESPACE = "models"
Rule = dict[str, Any]


def groups(model: str) -> Sequence[Group]:
    """The rules of one of the watched models, or of the stack."""
    models = watched_models()
    if model:
        return groups_of_model(models[model], NAMESPACE)
    return groups_of_stack([*models.values()], NAMESPACE, MONITORING)


def rules(model: str) -> Sequence[Rule]:
    """The same as Prometheus reads them."""
    return [rule for group in rules_spec(groups(model), NAMESPACE, MONITORING)["groups"] for rule in group["rules"]]


def rule_of(scene: Scene) -> Rule:
    """The rule of a scene's alert; of those with its name, the one of its severity and source."""
    source = scene.labels.get("source")
    (found,) = (
        rule
        for rule in rules(scene.model)
        if rule.get("alert") == scene.alert
        and rule["labels"]["severity"] == scene.severity
        and (source is None or rule["labels"].get("source") == source)
    )
    return found


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Rules in the order in which they are evaluated, and promtool's tests of them."""

    rules: Sequence[Rule]
    tests: Sequence[Mapping[str, Any]]
    interval: str = "1m"

    def written(self, directory: Path) -> Path:
        """The file to run."""
        directory.mkdir(parents=True, exist_ok=True)
        groups = [{"name": "tried", "interval": self.interval, "rules": [*self.rules]}]
        (directory / "rules.yaml").write_text(json.dumps({"groups": groups}), encoding="utf-8")
        tests = {"rule_files": ["rules.yaml"], "evaluation_interval": self.interval, "tests": [*self.tests]}
        file = directory / "test.yaml"
        file.write_text(json.dumps(tests), encoding="utf-8")
        return file


def trial(scene: Scene, changed: Rule | None = None) -> Trial:
    """The tests of a scene, of its rule or of a changed one."""
    rule = rule_of(scene)
    static = {key: value for key, value in rule["labels"].items() if key not in ("severity", "source")}
    annotations = {key: value for key, value in rule["annotations"].items() if key != "description"}
    return Trial(rules=[changed or rule], tests=[*scene.tests(annotations, static)])


def failures(promtool: Path, files: Iterable[Path]) -> str:
    """What promtool says of files of tests; empty where all hold."""
    command = [str(promtool), "test", "rules", *map(str, files)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return "" if finished.returncode == 0 else finished.stdout + finished.stderr
