"""Progress: a line every few seconds where nobody looks at a terminal, and no more than there is to do."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from registry import report
from registry.labels import Promotion, promote
from registry.model_files import read_files
from registry.publication import publish
from registry.s3_source import S3Source
from registry.verification import verify
from tests.registry.models import FILES, Bench


def test_long_work_reports_its_progress_in_lines_that_can_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 1.0, 2.5, 2.5, 3.0, 5.0, 5.0])
    monkeypatch.setattr(report, "monotonic", lambda: next(seconds))
    written = StringIO()
    with report.progress_of(Console(file=written), "verifying digits", 4 << 20) as progress:
        for _ in range(4):
            progress(1 << 20)
    assert written.getvalue() == "verifying digits: 2.0 MiB of 4.0 MiB\nverifying digits: 4.0 MiB of 4.0 MiB\n"


def test_what_is_counted_is_what_there_is_to_do(bench: Bench, tmp_path: Path) -> None:
    """The registry's own files, which nobody sees in the size of a model, are not counted."""
    size = sum(len(content) for content in FILES.values())
    read, sent, verified, fetched = list[int](), list[int](), list[int](), list[int]()
    publish(bench.store, bench.publication(), read_files(bench.directory, read.append), None, sent.append)
    verify(bench.store, "digits", 1, bench.verifier, verified.append)
    source = S3Source(bench.store, bench.verifier)
    version = source.show("digits", 1)
    source.fetch(version, tmp_path / "fetched", fetched.append)
    assert [sum(counts) for counts in (read, sent, verified, fetched)] == [size] * 4
    assert version.total_size == size


def test_a_list_breaks_no_name_number_or_time_at_80_columns(bench: Bench) -> None:
    name = "a-name-of-22-characters"
    bench.publish(name=name)
    bench.publish(name=name)
    promote(bench.store, Promotion(name=name, version=1, label="a-label-of-some-length", moved_by="me"))
    written = StringIO()
    report.print_versions(Console(file=written, width=80), S3Source(bench.store).overview(name).versions)
    text = written.getvalue()
    assert len(re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d ", text)) == 2
    assert re.search(rf"^{name} +1 ", text, re.MULTILINE)


def test_a_version_is_shown_with_whole_seconds(bench: Bench) -> None:
    bench.publish()
    written = StringIO()
    report.print_version(Console(file=written, width=80), S3Source(bench.store).show("digits", 1))
    assert re.search(r"^published at     \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", written.getvalue(), re.MULTILINE)
