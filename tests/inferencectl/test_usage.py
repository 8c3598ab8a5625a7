"""Options that are missing, wrong or empty, and commands with nothing to do: one line each, and nothing is started."""

import shutil
from collections.abc import Mapping

import pytest

from inferencectl.workspace.errors import BAD_INPUT
from tests.inferencectl.checkout import STACK, Checkout

PROGRAM = "python -m inferencectl"
WRONG_USAGE: Mapping[str, tuple[list[str], str]] = {
    "unknown command": (["ship"], f"No such command 'ship'.\nsee {PROGRAM} --help"),
    "no stack": (["up"], f"Missing option '--stack'.\nsee {PROGRAM} up --help"),
    "option without value": (["up", "--stack"], f"Option '--stack' requires an argument.\nsee {PROGRAM} --help"),
    "unknown option": (
        ["up", "--stack", STACK, "--fast"],
        f"No such option: --fast (Possible options: --stack)\nsee {PROGRAM} up --help",
    ),
    "no number": (
        ["rollback", "--stack", STACK, "--to", "x"],
        (
            "Invalid value for '--to': Input should be a valid integer, unable to parse string as an integer\n"
            f"see {PROGRAM} rollback --help"
        ),
    ),
    "empty stack": (["preview", "--stack", ""], "--stack is empty\ngive it a value, with make by STACK="),
    "empty value": (["rollback", "--to=", "--stack", STACK], "--to is empty\ngive it a value, with make by TO="),
    "empty latency": (
        ["verify", "--stack", STACK, "--latency-milliseconds", ""],
        "--latency-milliseconds is empty\ngive it a value, with make by LATENCY=",
    ),
    "no model": (["history", "--stack", STACK], "no model is named\nname one of iris, with make by MODEL="),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.copied_to(tmp_path_factory.mktemp("usage"))


@pytest.mark.parametrize(("arguments", "error"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_is_one_error_like_any_other(checkout: Checkout, arguments: list[str], error: str) -> None:
    refusal = checkout.run(*arguments)
    assert (refusal.code, refusal.out, refusal.err) == (BAD_INPUT, "", f"error: {error}\n")


def test_down_says_that_there_was_nothing(checkout: Checkout) -> None:
    for stack in (STACK, "live"):
        finished = checkout.run("down", "--stack", stack)
        assert (finished.code, finished.out, finished.err) == (0, f"there is no sandbox of {stack}\n", "")
        shutil.rmtree(checkout.sandboxes)
