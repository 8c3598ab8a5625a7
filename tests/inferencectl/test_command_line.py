"""The commands are imported when they are called."""

import signal
import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_group

from inferencectl import command_line
from tests.inferencectl.checkout import ROOT

NOT_NEEDED = ("kubernetes", *(f"inferencectl.{each}" for each in ("sandbox", "deployer", "demos", "compliance")))


@pytest.mark.parametrize("module", sorted(set(command_line.MODULES.values())))
def test_every_command_of_a_module_is_on_the_command_line(module: str) -> None:
    listed = {name for name, where in command_line.MODULES.items() if where == module}
    assert set(get_group(import_module(module).app).commands) == listed


def test_a_verdict_waits_for_nothing_that_talks_to_a_cluster() -> None:
    program = "import inferencectl.command_line, inferencectl.policy_command, sys; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert not [name for name in printed.stdout.split() if name.startswith(NOT_NEEDED)]


def test_the_help_lists_the_commands_in_their_order() -> None:
    command = [sys.executable, "-m", "inferencectl", "--help"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    places = [printed.index(f"│ {name} ") for name in command_line.MODULES]
    assert places == sorted(places)


def test_a_mistyped_command_is_recognised() -> None:
    command = [sys.executable, "-m", "inferencectl", "polcy", "--stack", "prod"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: No such command 'polcy'. Did you mean 'policy'?\n")


INTERRUPTED_AT_THE_IMPORT = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "inferencectl.command_line":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
runpy.run_module("inferencectl", run_name="__main__")
"""


def test_an_interruption_before_anything_has_begun_shows_no_source_code() -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT_THE_IMPORT]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_judging_by_itself_does_not_import_the_settings() -> None:
    program = "import inferencectl.policy_check.verdict, sys; print('settings' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
