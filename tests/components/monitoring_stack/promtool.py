"""Rules and what is expected of them, as files that promtool reads."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from components.monitoring_stack.manifests import rules_spec
from components.monitoring_stack.rules import MODEL_LABEL, Group, groups_of_model, groups_of_models, groups_of_stack
from tests.components.monitoring_stack.rule_mutants import Mutant, Rule
from tests.components.monitoring_stack.scene import Scene
from tests.components.watched import MONITORING, watched_models

NAMESPACE = "models"


def groups(model: str) -> Sequence[Group]:
    """The rules of one of the watched models, which shares none with another, or of the stack."""
    models = watched_models()
    if model:
        return [*groups_of_models([models[model]], NAMESPACE), *groups_of_model(models[model], NAMESPACE)]
    return groups_of_stack([*models.values()], NAMESPACE, MONITORING, "logging")


@cache
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


def said_of(rule: Rule, model: str) -> Mapping[str, str]:
    """The annotations of an alert on a model."""
    return {key: text.replace(f"{{{{ $labels.{MODEL_LABEL} }}}}", model) for key, text in rule["annotations"].items()}


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


def chain_of(rule: Rule, model: str) -> Sequence[Rule]:
    """A rule after the recordings that it reads, and that these read, as they are evaluated."""
    before = list[Rule]()
    for known in [*rules(""), *rules(model)] if model else rules(""):
        if "record" in known and f"{known['record']}{{" in rule["expr"]:
            before += [each for each in chain_of(known, model) if each not in before]
    return [*before, rule]


def trial(scene: Scene, changed: Sequence[Mutant] = ()) -> Trial:
    """The tests of a scene: of its rule, or of changed ones, of each the same."""
    rule = rule_of(scene)
    *recordings, _ = chain_of(rule, scene.model)
    labels = {**rule["labels"], **({MODEL_LABEL: scene.model} if scene.model else {})}
    static = {key: value for key, value in labels.items() if key not in ("severity", "source")}
    annotations = {key: value for key, value in said_of(rule, scene.model).items() if key != "description"}
    tried = [each.rules for each in changed] or [[rule]]
    tests = (replace(scene, alert=each[-1]["alert"]).tests(annotations, static) for each in tried)
    return Trial(
        rules=[*recordings, *(each for own in tried for each in own)],
        tests=[_of_all(same) for same in zip(*tests, strict=True)],
    )


def _of_all(same: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One test of several rules, of which the series are the same."""
    expected = {
        kind: [each for test in same for each in test[kind]]
        for kind in ("promql_expr_test", "alert_rule_test")
        if kind in same[0]
    }
    return {**same[0], **expected}


def failures(promtool: Path, files: Iterable[Path]) -> str:
    """What promtool says of files of tests; empty where all hold."""
    command = [str(promtool), "test", "rules", *map(str, files)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return "" if finished.returncode == 0 else finished.stdout + finished.stderr
