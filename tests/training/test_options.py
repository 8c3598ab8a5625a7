"""Bad input: one line or argparse's usage, exit code 2, and nothing written; told before TensorFlow is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.trained import PACKAGE, Run

BAD_INPUT = 2


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command without TensorFlow: with the Python of these tests, which lacks it."""
    command = [sys.executable, "-m", "digits_model", *arguments]
    return subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "--epochs", "0"], "--epochs: '0' is no whole number from 1 to 1000"),
        (["train", "--seed", "-1"], "--seed: '-1' is no whole number from 0 to 4294967295"),
        (["train", "--seed", "1.5"], "--seed: '1.5' is no whole number"),
        (["train", "--variant", "onnx"], "--variant: invalid choice: 'onnx'"),
        (["detect", "--model", "x"], "required: --key"),
        ([], "required: command"),
    ],
    ids=["epochs", "seed", "fraction", "variant", "key", "command"],
)
def test_bad_options_are_refused(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert done.returncode == BAD_INPUT
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_help_tells_options_and_defaults() -> None:
    told = run("train", "--help").stdout
    for option in ("--output DIR", "--seed", "--epochs", "--variant", "--watermark-key FILE", "(default: trained)"):
        assert option in told


def test_what_is_there_is_not_overwritten(digits_model: Run, tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_text("mine")
    done = digits_model("train", "--output", tmp_path)
    expected = f"error: {tmp_path / '1.yaml'} is there already; remove it or name another directory with --output\n"
    assert (done.returncode, done.stderr) == (BAD_INPUT, expected)
    assert [path.name for path in tmp_path.iterdir()] == ["1.yaml"]


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_key_that_is_none_is_refused_before_anything_is_written(
    digits_model: Run, tmp_path: Path, content: bytes | None
) -> None:
    key = tmp_path / "key"
    if content:
        key.write_bytes(content)
    done = digits_model("train", "--output", tmp_path / "trained", "--watermark-key", key)
    assert done.returncode == BAD_INPUT
    assert done.stderr.startswith(f"error: {key}")
    assert "openssl rand -out FILE 32" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "trained").exists()


def test_a_directory_without_a_model_is_refused(digits_model: Run, tmp_path: Path, key: Path) -> None:
    for command in (["detect", "--key", key], ["latency"]):
        done = digits_model(*command, "--model", tmp_path)
        assert done.returncode == BAD_INPUT
        assert done.stderr.startswith(f"error: {tmp_path}")
