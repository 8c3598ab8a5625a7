"""Progress where nobody looks at a terminal: a line every few seconds."""

from io import StringIO

import pytest
from rich.console import Console

from registry import report


def test_long_work_reports_its_progress_in_lines_that_can_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 1.0, 2.5, 2.5, 3.0, 5.0, 5.0])
    monkeypatch.setattr(report, "monotonic", lambda: next(seconds))
    written = StringIO()
    with report.progress_of(Console(file=written), "verifying digits", 4 << 20) as progress:
        for _ in range(4):
            progress(1 << 20)
    assert written.getvalue() == "verifying digits: 2.0 MiB of 4.0 MiB\nverifying digits: 4.0 MiB of 4.0 MiB\n"
