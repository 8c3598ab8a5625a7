"""Output of the commands, as text for people or as JSON."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from time import monotonic

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from registry.model_files import Progress as ProgressCallback
from registry.source import ModelVersion

_SECONDS_BETWEEN_LINES = 2


def as_json(value: object) -> str:
    """The JSON form of `value`, which consists of dataclasses, documents, mappings and sequences."""
    return json.dumps(value, default=_plain, indent=2)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"cannot convert {type(value)} to JSON")


@contextmanager
def progress_of(console: Console, what: str, total_bytes: int | None) -> Iterator[ProgressCallback]:
    """Show a progress bar on a terminal, and otherwise print a line every few seconds."""
    if not console.is_terminal:
        yield _lines(console, what, total_bytes)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total_bytes)
        yield lambda count: bar.advance(task, count)


def _lines(console: Console, what: str, total_bytes: int | None) -> ProgressCallback:
    done, printed_at = 0, monotonic()

    def advance(count: int) -> None:
        nonlocal done, printed_at
        done += count
        if monotonic() - printed_at >= _SECONDS_BETWEEN_LINES:
            printed_at = monotonic()
            of = f" of {size_text(total_bytes)}" if total_bytes else ""
            console.print(f"{what}: {size_text(done)}{of}", highlight=False, markup=False)

    return advance


def print_stack_line(console: Console, version: int, storage: str, sha256: str | None) -> None:
    """Print a version in the form of an entry of `versions` in a stack file."""
    entry = f"{{version: {version}, storage: {storage}, sha256: {sha256}}}"
    console.print(entry, highlight=False, markup=False)


def print_versions(console: Console, versions: Sequence[ModelVersion]) -> None:
    """Print a table with one row per version."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("model", "version", "labels", "metrics", "size", "published", "by"):
        table.add_column(column, no_wrap=column in ("model", "version", "published"))
    for version in versions:
        labels = [*version.labels, *(f"{label} (expired)" for label in version.expired_labels)]
        state = f"retired: {version.retired}" if version.retired else ", ".join(labels)
        table.add_row(
            escape(version.name),
            str(version.version),
            escape(state),
            metrics_text(version.metrics),
            size_text(version.total_size),
            f"{version.published_at:%Y-%m-%d %H:%M}",
            escape(version.published_by or ""),
        )
    console.print(table)


def print_version(console: Console, version: ModelVersion) -> None:
    """Print the known fields of a version, one per line."""
    for field in dataclasses.fields(version):
        value = getattr(version, field.name)
        if value in (None, (), {}):
            continue
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        if isinstance(value, datetime):
            shown = f"{value:%Y-%m-%d %H:%M:%S} UTC"
        if field.name == "metrics":
            shown = metrics_text(version.metrics)
        if field.name == "total_size":
            shown = size_text(version.total_size)
        console.print(f"{field.name.replace('_', ' '):<16} {escape(shown)}", highlight=False)


def metrics_text(metrics: Mapping[str, float]) -> str:
    """The metrics on one line."""
    return ", ".join(f"{name} {figure:g}" for name, figure in sorted(metrics.items()))


def size_text(total_size: int | None) -> str:
    """A number of bytes in a readable unit."""
    if total_size is None:
        return ""
    if total_size < 1 << 10:
        return f"{total_size} B"
    if total_size < 1 << 20:
        return f"{total_size / 2**10:.1f} KiB"
    return f"{total_size / 2**20:.1f} MiB"
