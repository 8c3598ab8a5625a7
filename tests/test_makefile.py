"""What make passes on: every variable with its option, and an empty one too, which the command then refuses."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WITH_DEFAULTS = {"STACK": "--stack", "OUTPUT": "--output", "PROMETHEUS": "--prometheus", "PROOF": "--proof"}
OPTIONS = {variable: option for option, variable in re.findall(r"\$\(call option,(--[a-z-]+),([A-Z]+)\)", MAKEFILE)}
TARGETS = {
    "up": ("STACK", "NODES", "CLUSTER"),
    "preview": ("STACK",),
    "recover": ("STACK", "BACKEND"),
    "status": ("STACK",),
    "verify": ("STACK", "MODEL", "VERSION", "FILES", "ADDRESS", "GRPC", "LATENCY"),
    "alerts": ("STACK", "ALERTMANAGER"),
    "history": ("STACK", "MODEL"),
    "rollback": ("STACK", "MODEL", "TO"),
    "promote": ("FROM", "TO", "MODEL", "VERSION", "UNVERIFIED"),
    "api-key-pair": ("KEY",),
    "api-key": ("STACK", "CALLER", "KEY", "SUBJECT", "DAYS"),
    "down": ("STACK",),
    "render": ("STACK", "OUTPUT"),
    "lock-models": ("STACK",),
    "policy": ("STACK", "SARIF", "JUNIT"),
    "plan": ("STACK", "PLAN"),
    "deploy-plan": ("STACK", "PLAN"),
    "drift": ("STACK",),
    "verify-now": ("STACK", "RUN"),
    "report": ("BASE", "OUTPUT", "WHOLE"),
    "compliance": ("STACK", "OUTPUT"),
    "processing-record": ("STACK", "OUTPUT", "PROCESSING"),
    "rightsizing": ("STACK", "PROMETHEUS", "WINDOW"),
    "cost": ("STACK", "PROMETHEUS", "SINCE"),
    "find-subject": ("SUBJECT", "PRIVACY"),
    "export-subject": ("SUBJECT", "PRIVACY", "OUTPUT"),
    "erase-subject": ("SUBJECT", "PRIVACY", "BY", "PROOF"),
    "erase-again": ("PRIVACY", "BY", "PROOF"),
    "train": ("OUTPUT",),
    "demo-autoscaling": ("OUTPUT",),
    "demo-canary": ("OUTPUT",),
    "demo-change": ("OUTPUT",),
}


def command(target: str, *assignments: str) -> str:
    """The last line that make would run for a target; the environment has none of its variables."""
    dry_run = ["make", "--dry-run", "--no-print-directory", target, *assignments]
    printed = subprocess.run(
        dry_run, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    return printed.stdout.splitlines()[-1]


def test_every_variable_of_the_makefile_is_tried() -> None:
    tried = {variable for variables in TARGETS.values() for variable in variables}
    assert {*OPTIONS, *WITH_DEFAULTS} == tried
    assert set(re.findall(r"\$\((STACK|OUTPUT|PROMETHEUS|PROOF)\)(?!\")", MAKEFILE)) <= {"STACK"}


@pytest.mark.parametrize(
    ("target", "variable"), [(target, variable) for target, variables in TARGETS.items() for variable in variables]
)
def test_what_make_is_given_reaches_the_command(target: str, variable: str) -> None:
    option = (OPTIONS | WITH_DEFAULTS)[variable]
    for value in ("of two words", ""):
        assert f' {option} "{value}"' in command(target, f"{variable}={value}")


@pytest.mark.parametrize("target", TARGETS)
def test_what_make_is_not_given_is_left_to_the_command(target: str) -> None:
    options = re.findall(r" (--[a-z-]+)", command(target))
    assert set(options) <= set(WITH_DEFAULTS.values())
