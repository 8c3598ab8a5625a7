"""Invalid input is reported in one line or as usage, with exit code 2, before TensorFlow is loaded or files written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.trained import PACKAGE

BAD_INPUT = 2


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command without TensorFlow: with the Python of these tests, which lacks it."""
    command = [sys.executable, "-m", "digits_model", *map(str, arguments)]
    return subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train", "--epochs", "0"], "--epochs: '0' is not a whole number from 1 to 1000"),
        (["train", "--seed", "-1"], "--seed: '-1' is not a whole number from 0 to 4294967295"),
        (["train", "--seed", "1.5"], "--seed: '1.5' is not a whole number"),
        (["train", "--variant", "onnx"], "--variant: invalid choice: 'onnx'"),
        (["detect", "--model", "x"], "required: --key"),
        (["train", "--output", ""], "--output: empty; expected a path"),
        ([], "required: command"),
    ],
    ids=["epochs", "seed", "fraction", "variant", "key", "output", "command"],
)
def test_bad_options_are_refused(arguments: list[str], expected: str) -> None:
    done = run(*arguments)
    assert done.returncode == BAD_INPUT
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_options_and_defaults() -> None:
    shown = run("train", "--help").stdout
    for option in ("--output DIR", "--seed", "--epochs", "--variant", "--watermark-key FILE", "(default: trained)"):
        assert option in shown


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_text("mine")
    done = run("train", "--output", tmp_path)
    remedy = "remove it or specify another directory with --output (OUTPUT= of make)"
    expected = f"error: {tmp_path / '1.yaml'} already exists; {remedy}\n"
    assert (done.returncode, done.stderr) == (BAD_INPUT, expected)
    assert [path.name for path in tmp_path.iterdir()] == ["1.yaml"]


def test_a_directory_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for output, reason in ((tmp_path / "file", "File exists"), (tmp_path / "file" / "trained", "Not a directory")):
        done = run("train", "--output", output)
        expected = f"error: {output}: {reason}; specify a writable directory with --output\n"
        assert (done.returncode, done.stderr) == (BAD_INPUT, expected)


@pytest.mark.parametrize("content", [None, b"short"])
@pytest.mark.parametrize("command", ["train", "detect"])
def test_a_key_that_is_none_is_refused(tmp_path: Path, command: str, content: bytes | None) -> None:
    key = tmp_path / "key"
    if content:
        key.write_bytes(content)
    options = {"train": ["--output", tmp_path / "trained", "--watermark-key"], "detect": ["--model", tmp_path, "--key"]}
    done = run(command, *options[command], key)
    assert done.returncode == BAD_INPUT
    assert done.stderr.startswith(f"error: {key}")
    assert "openssl rand -out FILE 32" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "trained").exists()


def test_a_directory_without_a_model_is_refused(tmp_path: Path, key: Path) -> None:
    for command in (["detect", "--key", key], ["latency"]):
        done = run(*command, "--model", tmp_path)
        assert done.returncode == BAD_INPUT
        assert done.stderr.startswith(f"error: {tmp_path} does not contain ")
        assert done.stderr.endswith("; specify the directory of a version\n")
