"""The demonstration of an alert: time runs faster by one factor, and everything happens in its order."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from inferencectl.demos.alert.acceleration import accelerated
from inferencectl.demos.alert.command import ALERT, show_alert
from inferencectl.demos.alert.scene import FACTOR
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from tests.components.monitoring_stack.promtool import rules
from tests.inferencectl.checkout import Checkout

LASTING_SECONDS, WINDOW_SECONDS = 300 / FACTOR, 300 / FACTOR
BUSY_SECONDS = 15
"""What scrapes, evaluations, groups and a busy machine take."""


def test_only_durations_change() -> None:
    spec = {"groups": [{"name": "all", "rules": rules("mnist")}]}
    (group,) = accelerated(spec, FACTOR)["groups"]
    assert accelerated(spec, 1) != spec  # In milliseconds.
    changed = {rule["expr"]: fast["expr"] for rule, fast in zip(rules("mnist"), group["rules"], strict=True)}
    assert all(fast == slow.replace("[5m]", "[10000ms]") for slow, fast in changed.items() if "[5m]" in slow)
    assert any("[5m]" in slow for slow in changed)
    assert not any(re.search(r"\[\d+[smhd]\]", fast) for fast in changed.values())
    (slow,), (fast,) = (
        [rule["for"] for rule in each if rule.get("alert") == ALERT] for each in (rules("mnist"), group["rules"])
    )
    assert (slow, fast) == ("5m", "10000ms")
    others = [{key: rule[key] for key in rule.keys() - {"for", "expr", "keep_firing_for"}} for rule in group["rules"]]
    assert others == [
        {key: rule[key] for key in rule.keys() - {"for", "expr", "keep_firing_for"}} for rule in rules("mnist")
    ]


@pytest.fixture(scope="module")
def demo_alert(tools: Toolchain) -> None:
    """The programs of the demonstration; tests/session/builds.py builds them."""


@pytest.mark.slow("a condition has to hold for ten seconds and to be forgotten for ten more, beside several servers")
def test_an_alert_comes_is_delivered_and_goes(demo_alert: None, tmp_path: Path) -> None:
    screen = StringIO()
    project = Checkout.copied_to(tmp_path).project
    begun, pending, firing, delivered, answering, resolved, over = show_alert(project, Console(file=screen, width=200))
    assert begun.seconds == 0
    assert 0 < pending.seconds < BUSY_SECONDS
    assert LASTING_SECONDS - 1 <= firing.seconds - pending.seconds < LASTING_SECONDS + BUSY_SECONDS
    assert delivered.seconds - firing.seconds < BUSY_SECONDS
    assert answering.seconds < resolved.seconds < answering.seconds + WINDOW_SECONDS + BUSY_SECONDS
    assert resolved.seconds <= over.seconds < resolved.seconds + BUSY_SECONDS
    shown = screen.getvalue()
    assert f"every duration in them is divided by {FACTOR}" in shown
    assert f"critical {ALERT} mnist" in shown
    assert "told: on-call" in shown
    assert "team vision" in shown
    assert not project.cluster_directory("demo-alert").exists()
