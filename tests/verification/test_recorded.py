"""Recorded predictions: reading them, comparing responses with them, and lists of what to verify."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import BadInputError, Rows
from verification.checks.checks import percentile
from verification.checks.comparison import difference
from verification.checks.expectation import Expectation
from verification.checks.target import Target, read_targets
from verification.cli import main

GOOD: dict[str, Any] = {
    "schema": 1,
    "signature": "serving_default",
    "inputs": {"x": [[1.0], [2.0]]},
    "outputs": {"y": [0.5, 1.0]},
    "tolerance": 1e-4,
}


def recorded(directory: Path, content: object) -> Path:
    path = directory / "verification.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_recording_is_read(tmp_path: Path) -> None:
    assert Expectation.read(recorded(tmp_path, GOOD)) == Expectation(
        schema=1, signature="serving_default", inputs=GOOD["inputs"], outputs=GOOD["outputs"], tolerance=1e-4
    )
    whole_tolerance = Expectation.read(recorded(tmp_path, {**GOOD, "tolerance": 0, "comment": "ignored"}))
    assert whole_tolerance.tolerance == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema: 2; expected 1"),
        ({"signature": 3}, "signature: 3; expected a valid string"),
        ({"tolerance": -1}, "tolerance: -1; expected greater than or equal to 0"),
        ({"tolerance": True}, "tolerance: True; expected a valid number"),
        ({"tolerance": math.inf}, "tolerance: inf; expected a finite number"),
        ({"inputs": {}}, "inputs: empty"),
        ({"inputs": {"x": []}}, "inputs.x: no rows; expected at least one"),
        ({"outputs": {"y": 1.0}}, "outputs.y: 1.0; expected a valid array"),
        ({"outputs": {"y": [1.0, math.nan]}}, "outputs.y: nan; expected finite numbers"),
        ({"outputs": {"y": [1.0, None]}}, "outputs.y: None; expected numbers, strings or booleans"),
        ({"inputs": {"x": [[1.0], [1.0, 2.0]]}}, "inputs.x: rows of different shapes"),
        ({"outputs": {"y": [1.0]}}, "rows: {'x': 2, 'y': 1}; expected the same number in every input and output"),
    ],
)
def test_an_invalid_recording_is_refused_in_one_line(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, {**GOOD, **change})
    with pytest.raises(BadInputError) as error:
        Expectation.read(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "; publish the version with" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, {name: value for name, value in GOOD.items() if name != key})
    with pytest.raises(BadInputError, match=f": {key}: missing; publish the version"):
        Expectation.read(path)


def test_an_absent_file_and_invalid_json_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        Expectation.read(tmp_path / "absent.json")
    with pytest.raises(BadInputError, match=r"verification\.json: invalid JSON: EOF while parsing"):
        Expectation.read(recorded(tmp_path, "{"))
    with pytest.raises(BadInputError, match=r"verification\.json: \[\]; expected an object"):
        Expectation.read(recorded(tmp_path, []))


@pytest.mark.parametrize(
    ("expected", "found", "sentence"),
    [
        ([1.0], [1.00009], ""),
        ([1000.0], [1000.09], ""),
        ([1000.0], [1000.2], "output 'y', row 0: 1000.2, expected 1000.0 ± 0.0001"),
        ([0.0, 1.0], [0.0, 1.1], "output 'y', row 1: 1.1, expected 1.0 ± 0.0001"),
        ([[1.0, 2.0]], [[9.0, 9.0]], "output 'y', row 0, column 0: 9.0, expected 1.0 ± 0.0001; and 1 more"),
        ([1.0], [math.nan], "output 'y', row 0: NaN, expected 1.0 ± 0.0001"),
        ([1.0], [math.inf], "output 'y', row 0: inf, expected 1.0 ± 0.0001"),
        (["cat"], ["dog"], "output 'y', row 0: 'dog', expected 'cat' ± 0.0001"),
        ([1], [1.0], ""),
        ([1.0], ["1.0"], "output 'y', row 0: '1.0', expected 1.0 ± 0.0001"),
        ([1.0], [[1.0]], "output 'y' has shape (1, 1), expected (1,)"),
    ],
)
def test_the_first_difference_is_described(expected: Rows, found: Rows, sentence: str) -> None:
    assert difference({"y": expected}, {"y": found}, 1e-4) == sentence


def test_a_missing_output_is_a_difference() -> None:
    assert difference({"y": [1.0]}, {"z": [1.0]}, 1.0) == "output 'y' is missing; the response has z"


@given(st.lists(st.floats(0, 1000), min_size=1))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: list[float]) -> None:
    values.sort()
    for percent in (50, 95, 100):
        found = percentile(values, percent)
        assert sum(value <= found for value in values) * 100 >= percent * len(values)
        assert sum(value < found for value in values) * 100 < percent * len(values)


def test_targets_are_read() -> None:
    entry = {"model": "mnist", "version": 1, "rest": "http://mnist-v1:8501"}
    assert read_targets(json.dumps([entry]), "file") == (Target(model="mnist", version=1, rest="http://mnist-v1:8501"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "file: invalid JSON: EOF while parsing"),
        ("[]", "file: empty"),
        ("{}", "file: {}; expected a valid array"),
        ("[3]", "file: [0]: 3; expected an object"),
        ('[{"model": "mnist"}]', "file: [0].version: missing"),
        ('[{"model": "mnist", "version": 1}]', "file: [0]: neither rest nor grpc"),
        (
            '[{"model": "mnist", "version": "1", "rest": "http://a"}]',
            "file: [0].version: '1'; expected a valid integer",
        ),
        ('[{"model": "m", "version": true, "rest": "http://a"}]', "file: [0].version: True; expected a valid integer"),
        ('[{"modle": "mnist"}]', "file: [0].modle: unknown key"),
        (
            '[{"model": "m", "version": 1, "rest": "http://a", "protocol": "v2"}]',
            "file: [0].protocol: 'v2'; expected 'tensorflow-serving' or 'open-inference'",
        ),
    ],
)
def test_invalid_targets_are_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(BadInputError) as error:
        read_targets(text, "file")
    assert str(error.value).startswith(message)
    assert "; write a list such as [" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "mnist"], "missing --version, --address or --grpc; specify one version"),
        (["--targets", "absent.json"], "absent.json: "),
        (["--targets", "t.json", "--model", "mnist"], "--targets cannot be combined with --model"),
        (
            ["--targets", "t.json", "--protocol", "open-inference"],
            "--targets cannot be combined with --protocol",
        ),
        (["--model", "m", "--version", "1", "--address", "host:1"], "address 'host:1'; expected http://HOST:PORT"),
        (["--model", "m", "--version", "1", "--address", "http://h", "--expect", "absent"], "absent: No such file"),
    ],
)
def test_invalid_input_is_one_line_of_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert written.err.startswith(f"error: {message}")
    assert written.err.count("\n") == 1
    assert not written.out
