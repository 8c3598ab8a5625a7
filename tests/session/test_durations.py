"""The watch on long tests, and the account of where the time of a run went."""

import pytest

from tests.session import durations
from tests.session.durations import Phase, summary

pytest_plugins = ["pytester"]

LONG_TEST = """
import time
import pytest

{decorator}
def test_long():
    time.sleep(0.2)
"""


def run(pytester: pytest.Pytester, text: str, *, load: float = 0.0) -> pytest.RunResult:
    """Run tests that may take a tenth of a second on a machine with two processors; the outer run keeps its limit."""
    pytester.makepyfile(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durations, "LIMIT_SECONDS", 0.1)
        patch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
        patch.setattr("os.cpu_count", lambda: 2)
        return pytester.runpytest_inprocess("-p", "tests.session.durations")


def test_a_long_test_without_a_reason_fails_the_run(pytester: pytest.Pytester) -> None:
    result = run(pytester, LONG_TEST.format(decorator=""))
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*longer than a minute without a reason*", "*::test_long (call)", "*pytest.mark.slow*"]
    )


def test_a_long_test_with_a_reason_passes(pytester: pytest.Pytester) -> None:
    result = run(pytester, LONG_TEST.format(decorator='@pytest.mark.slow("it sleeps")'))
    assert result.ret == pytest.ExitCode.OK


def test_a_busy_machine_is_allowed_more_time(pytester: pytest.Pytester) -> None:
    assert run(pytester, LONG_TEST.format(decorator=""), load=20.0).ret == pytest.ExitCode.OK


def test_a_failed_run_stays_failed(pytester: pytest.Pytester) -> None:
    assert run(pytester, "def test_fails(): assert False").ret == pytest.ExitCode.TESTS_FAILED


def phase(test: str, when: str, seconds: float) -> Phase:
    return Phase(test=test, when=when, seconds=seconds, is_slow=False, limit_seconds=60)


def test_the_account_names_rooms_tests_and_set_ups() -> None:
    first, second = "tests/a/b/c/test_one.py::test_x", "tests/test_two.py::test_y[a/b]"
    lines = list(
        summary(
            [phase(first, "setup", 5), phase(first, "call", 1), phase(second, "call", 40), phase(second, "teardown", 2)]
        )
    )
    rooms = lines[1:3]
    assert [row.split() for row in rooms] == [
        ["1", "0.0", "s", "40.0", "s", "2.0", "s", "."],
        ["1", "5.0", "s", "1.0", "s", "0.0", "s", "a/b"],
    ]
    tests, set_ups = lines.index("slowest 20 tests"), lines.index("slowest 10 set-ups")
    assert [line.split()[-1] for line in lines[tests + 1 : set_ups]] == [second, first]
    assert [line.split()[-1] for line in lines[set_ups + 1 :]] == [first]


def test_it_lists_the_slowest_twenty() -> None:
    lines = list(summary([phase(f"tests/test_one.py::test_{number}", "call", number) for number in range(30)]))
    assert lines.index("slowest 10 set-ups") - lines.index("slowest 20 tests") == 21
