"""Every alert with promtool: silent, pending, firing, resolved, absent, and guarded against what only looks like it."""

from pathlib import Path

import pytest

from tests.components.monitoring_stack.promtool import failures, rules, trial
from tests.components.monitoring_stack.scene import Scene
from tests.components.monitoring_stack.scenes import SCENES
from tests.components.watched import watched_models

BY_BURNS = {"ModelFailureBudgetBurnsFast", "ModelFailureBudgetBurnsSlowly"}
"""Proved in `test_objectives.py`."""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_an_alert_comes_and_goes_as_it_should(scene: Scene, promtool: Path, tmp_path: Path) -> None:
    assert failures(promtool, [trial(scene).written(tmp_path)]) == ""


def test_every_alert_is_tried() -> None:
    models = [*watched_models(), ""]
    alerts = {rule["alert"] for model in models for rule in rules(model) if "alert" in rule}
    assert {scene.alert for scene in SCENES} | BY_BURNS | {"Watchdog"} == alerts
