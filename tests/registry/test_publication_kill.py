"""A publisher killed at every request it makes leaves nothing visible and nothing that blocks."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from registry.publication import clear
from registry.s3_source import S3Source
from registry.verification import verify
from tests.registry.models import Bench, silent, written

ROOT = Path(__file__).parents[2]
PHASES = ("before", "after")


@dataclass
class Publisher:
    """The helper process: each publication is a process of its own below it."""

    process: subprocess.Popen[str]

    def begin(self, name: str) -> int:
        """The number of the process that will publish."""
        self._write(name)
        return int(self._read())

    def end(self) -> int:
        """Let it publish, and return its exit code when it has ended."""
        self._write("go")
        return int(self._read())

    def _write(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _read(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@pytest.fixture
def publisher(bench: Bench) -> Iterator[Publisher]:
    arguments = [bench.url, bench.server.url, str(bench.keys.private), str(bench.directory)]
    command = [sys.executable, "-m", "tests.registry.killed_publisher", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Publisher(process)
        assert process.stdin
        process.stdin.close()


def requests_of_a_publication(bench: Bench, publisher: Publisher) -> list[str]:
    seen: list[str] = []
    bench.server.before = lambda method, path: seen.append(f"{method} {path}")
    publisher.begin("whole")
    assert publisher.end() == 0
    bench.server.let_all_pass()
    return seen


def kill_at(bench: Bench, publisher: Publisher, name: str, moment: int, phase: str) -> None:
    """Publish, and kill the publisher just before or after its request of number `moment` is carried out."""
    victim = publisher.begin(name)
    count = 0

    def hook(_method: str, _path: str) -> None:
        nonlocal count
        if count == moment:
            os.kill(victim, signal.SIGKILL)
        count += 1

    setattr(bench.server, phase, hook)
    assert publisher.end() == -signal.SIGKILL
    bench.server.let_all_pass()


@pytest.mark.timeout(600)
@pytest.mark.slow("kills a publisher before and after each of its requests, and publishes three times for each")
def test_a_publisher_killed_at_any_request_leaves_nothing_visible_and_nothing_that_blocks(
    bench: Bench, publisher: Publisher, tmp_path: Path
) -> None:
    requests = requests_of_a_publication(bench, publisher)
    moments = [(moment, phase) for moment in range(len(requests)) for phase in PHASES]
    assert len(moments) >= 20
    other = Bench(bench.server, bench.keys, written(tmp_path / "other", more=b"another file"), bench.url)
    source = S3Source(bench.store, bench.verifier)
    commit = max(moment for moment, request in enumerate(requests) if request.startswith("PUT "))
    assert requests[commit].endswith("/SHA256SUMS"), "the listing comes last"
    for moment, phase in moments:
        name = f"killed-{phase}-{moment}"
        kill_at(bench, publisher, name, moment, phase)
        visible = [version.version for version in source.overview(name).versions]
        is_published = visible == [1]
        assert is_published or not visible
        # Before it is carried out a request may have been sent whole, and then its sender's end does not stop it.
        if (moment, phase) != (commit, "before"):
            assert is_published == (moment >= commit), requests[moment]
        # Another publication is not held up, and the same one is finished under the number that it had.
        claimed = bool(bench.present(f"{name}/claims"))
        assert other.publish(name=name).metadata.version == (2 if claimed else 1)
        same = bench.publish(name=name).metadata.version
        assert same == (3 if is_published else 1 if claimed else 2)
        verify(bench.store, name, same, bench.verifier, silent)


def test_what_an_interrupted_publication_left_can_be_cleared_away(bench: Bench, publisher: Publisher) -> None:
    requests = requests_of_a_publication(bench, publisher)
    last_file = max(index for index, request in enumerate(requests) if request.endswith("variables.index"))
    kill_at(bench, publisher, "digits", last_file, "after")
    assert len(bench.present("digits/1")) > 1
    assert clear(bench.store, "digits", timedelta(hours=1)) == []
    assert clear(bench.store, "digits", timedelta()) == [1]
    assert bench.present("digits/1") == {"digits/1/SHA256SUMS"}
    assert clear(bench.store, "digits", timedelta()) == []
    assert bench.publish().metadata.version == 2
