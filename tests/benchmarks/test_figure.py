"""A figure is held to its bound, from whichever side that is, and shown with the load of the machine."""

import pytest

from benchmarks import __main__ as command
from benchmarks.figure import Figure


def figure(**limits: float) -> Figure:
    return Figure(name="ratio", value=1.0, unit="x", detail="[3] rounds", **limits)


@pytest.mark.parametrize(
    ("limits", "is_met", "limit"),
    [
        ({"bound": 1.0}, True, "≤ 1.00 x"),
        ({"bound": 0.99}, False, "≤ 0.99 x"),
        ({"least": 1.0}, True, "≥ 1.00 x"),
        ({"least": 1.01}, False, "≥ 1.01 x"),
        ({}, True, "none"),
    ],
)
def test_a_figure_is_within_its_bound_or_not(limits: dict[str, float], is_met: bool, limit: str) -> None:
    assert figure(**limits).met is is_met
    assert figure(**limits).limit == limit


@pytest.mark.parametrize(
    ("limits", "code", "result"), [({"bound": 2.0}, 0, "met"), ({"bound": 0.5}, 1, "exceeded"), ({}, 0, "stated")]
)
def test_the_command_shows_figures_with_the_load_and_fails_where_one_is_exceeded(
    limits: dict[str, float],
    code: int,
    result: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "BENCHMARKS", {"one": lambda progress: [progress("measuring"), figure(**limits)][1:]})
    monkeypatch.setattr(command.os, "getloadavg", lambda: (7.25, 3.0, 1.0))
    assert command.main(["one"]) == code
    shown = capsys.readouterr()
    (row,) = shown.out.splitlines()[1:]
    assert result in row
    assert "7.2" in row
    assert "[3] rounds" in row
    assert "measuring" in shown.err


def test_an_unknown_name_is_refused_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["live-latencies"]) == 2
    error = capsys.readouterr().err
    assert "live-latencies" in error
    assert "live-latency" in error
