"""The sampler as a process: what becomes of copies, whatever they are and however the model answers."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from drift_sampler.exposition import SHOWN_FEATURES
from drift_sampler.intake import READING_SECONDS, SLOTS
from drift_sampler.protocol import MOST_ROWS
from drift_sampler.reference import MOST_COUNTERS, MOST_FEATURES
from settings.metrics.exporters import EXPORTERS
from settings.model.sampling import COPIES_OF_EACH, OWN_BYTES
from tests.runtimes.processes import asked
from tests.sampler.references import written
from tests.sampler.running import INDEX, LEAST_SAMPLES, MOST_BYTES, PREDICT, SHARE, VERSION, Running, running, settled
from tests.sampler.stand_in_model import StandInModel
from tests.waiting import soon

BODY = json.dumps({"instances": [[1, 5, 15]]}).encode()
LARGEST = b'{"instances": [[1, 5, 15]]}' + b" " * (MOST_BYTES - 27)
MOST_OF_ALL_BYTES = 2**20
"""The largest `maxRequestBytes` that there may be."""
PROBE_SECONDS = 3


def test_copies_become_distributions_and_their_distance_from_the_reference(
    sampler: Running, model: StandInModel
) -> None:
    rows = json.dumps({"instances": [[1, 5, 15]] * (LEAST_SAMPLES - 1)}).encode()
    assert sampler.copy(rows) == 202
    settled(sampler, 1)
    early = sampler.metrics()
    assert early["inference_sampler_window_samples"] == LEAST_SAMPLES - 1
    assert not [name for name in early if name.startswith((INDEX, SHARE))], "few rows are noise, and somebody's"
    sampler.copy(BODY)
    settled(sampler, 2)
    shown = sampler.metrics()
    assert sampler.outcome("observed") == len(model.paths) == 2
    assert shown["inference_sampler_version"] == VERSION
    assert shown["inference_sampler_reference_loaded"] == 1
    assert shown[f'{SHARE}{{bin="4 to 8",feature="pixels[1]",kind="input"}}'] == 1
    assert shown['inference_sampler_reference_share{bin="4 to 8",feature="pixels[1]",kind="input"}'] == 0.25
    assert shown[f'{SHARE}{{bin="1",feature="probabilities",kind="prediction"}}'] == 1
    assert shown[f'{INDEX}{{feature="pixels[1]",kind="input"}}'] > 1
    assert shown[f'{INDEX}{{feature="confidence",kind="confidence"}}'] > 0.2
    names = {name.partition("{")[0] for name in shown if name.startswith("inference_")}
    assert names == set(EXPORTERS["drift-sampler"].series)


def test_without_a_reference_it_says_so_and_asks_the_model_nothing(model: StandInModel, tmp_path: Path) -> None:
    with running(model, tmp_path / "reference_distribution.json") as sampler:
        assert sampler.copy(BODY) == 202
        settled(sampler, 1)
        assert sampler.metrics()["inference_sampler_reference_loaded"] == 0
        assert sampler.outcome("no-reference") == 1
        assert "no reference, so that nothing is sampled" in sampler.log.read_text()
    assert model.paths == []


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/v1/models/digits", "no-prediction"),
        ("/v2/repository/models/digits/unload", "no-prediction"),
        ("/v1/models/digits/labels/stable:predict", "no-prediction"),
        (f"/v1/models/digits/versions/{VERSION + 1}:predict", "other-version"),
    ],
)
def test_what_is_no_prediction_of_this_version_is_not_asked_again(
    sampler: Running, model: StandInModel, path: str, outcome: str
) -> None:
    sampler.copy(BODY, path)
    settled(sampler, 1)
    assert sampler.outcome(outcome) == 1
    assert model.paths == []


def test_a_prediction_of_this_version_by_its_number_is_observed(sampler: Running) -> None:
    sampler.copy(BODY, f"/v1/models/digits/versions/{VERSION}:predict")
    settled(sampler, 1)
    assert sampler.outcome("observed") == 1


def test_what_the_model_refuses_or_nobody_can_read_is_counted_and_not_observed(
    sampler: Running, model: StandInModel
) -> None:
    model.status = 400
    sampler.copy(BODY)
    settled(sampler, 1)
    model.status = 200
    # One row of the right shape, and one of another: neither is counted.
    sampler.copy(b'{"instances": [[1, 5, 15], [1, 2]]}')
    settled(sampler, 2)
    assert (sampler.outcome("not-answered"), sampler.outcome("unreadable")) == (1, 1)
    assert sampler.metrics()["inference_sampler_window_samples"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances": [[1, 2]]}',
        b'{"instances": []}',
        b'{"instances": [[1, 5, "NaN"]]}',
        b'{"signature_name": "x"}',
        b"[",
    ],
)
def test_what_nobody_can_count_is_not_asked_again(sampler: Running, model: StandInModel, body: bytes) -> None:
    """The model would answer it with an error that no client had, and alerts count errors."""
    sampler.copy(body)
    settled(sampler, 1)
    assert sampler.outcome("unreadable") == 1
    assert model.paths == []


@pytest.mark.parametrize(
    ("method", "headers", "outcome"),
    [
        ("GET", {}, "no-prediction"),
        ("OPTIONS", {}, "no-prediction"),
        ("POST", {"Content-Encoding": "gzip"}, "unreadable"),
    ],
)
def test_what_is_no_plain_post_is_not_even_read(
    sampler: Running, model: StandInModel, method: str, headers: dict[str, str], outcome: str
) -> None:
    sampler.copy(BODY, method=method, **headers)
    settled(sampler, 1)
    assert sampler.outcome(outcome) == 1
    assert model.paths == []


def repeated(row: bytes) -> bytes:
    """The largest request that any settings allow, of so many such rows."""
    number = (MOST_OF_ALL_BYTES - 15) // (len(row) + 1)
    return b'{"instances":[' + b",".join([row] * number) + b"]}"


def test_the_largest_requests_fit_into_the_memory_that_the_settings_want(model: StandInModel, tmp_path: Path) -> None:
    """However many rows or columns they have, and probes are answered meanwhile."""
    columns = b'{"inputs":[' + b",".join([b"[" + b",".join([b"1"] * 500) + b"]"] * 1000) + b"]}"
    bodies = [*map(repeated, (b"1", b"[1]", b"{}", b"[]", b'{"":{}}', b'{"x":1}')), columns, b"[" * MOST_OF_ALL_BYTES]
    inputs = {"x": {"edges": [0, 2], "counts": [[1000]]}}
    with running(model, written(tmp_path, inputs=inputs), MOST_OF_ALL_BYTES) as sampler:
        model.hangs.set()
        for body in [b'{"instances":[1]}', *bodies, *[b" " * MOST_OF_ALL_BYTES] * (SLOTS - len(bodies) - 1)]:
            assert sampler.copy(body) == 202
        assert sampler.metrics()["inference_sampler_held"] == SLOTS
        model.hangs.clear()
        longest = 0.0
        while sampler.dealt_with() < SLOTS:
            began = sampler.processor_seconds
            assert asked(f"http://127.0.0.1:{sampler.metrics_port}/healthz")[0] == 200
            longest = max(longest, sampler.processor_seconds - began)
        peak = Path(f"/proc/{sampler.process.pid}/status").read_text(encoding="utf-8")
    needed = OWN_BYTES + COPIES_OF_EACH * SLOTS * MOST_OF_ALL_BYTES
    assert int(re.findall(r"VmHWM:\s+(\d+) kB", peak)[0]) * 1024 < needed
    assert longest < PROBE_SECONDS / 2


def test_of_a_request_of_many_rows_the_first_thousand_are_counted(sampler: Running) -> None:
    rows = [[1, 5, 15]] * MOST_ROWS + [["nobody", "reads", "this"]]
    sampler.copy(json.dumps({"instances": rows}).encode())
    settled(sampler, 1)
    assert sampler.outcome("observed") == 1
    assert sampler.metrics()["inference_sampler_window_samples"] == MOST_ROWS


def test_a_copy_that_is_too_large_is_dropped_whether_or_not_it_says_its_length(sampler: Running) -> None:
    sampler.copy(LARGEST)
    sampler.copy(LARGEST + b" ")
    chunks = b"".join(b"1000\r\n" + b" " * 0x1000 + b"\r\n" for _ in range(MOST_BYTES // 0x1000 + 1))
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: model\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", sampler.port), 10) as connection:
        connection.sendall(head + chunks + b"0\r\n\r\n")
        assert connection.recv(1024).startswith(b"HTTP/1.1 202")
    settled(sampler, 3)
    assert (sampler.outcome("observed"), sampler.outcome("too-large")) == (1, 2)


def test_who_sends_slowly_keeps_no_place(sampler: Running) -> None:
    with socket.create_connection(("127.0.0.1", sampler.port), 10) as connection:
        connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: model\r\nContent-Length: 9\r\n\r\n12".encode())
        soon(lambda: sampler.metrics()["inference_sampler_held"] == 1, "the copy is held")
        soon(lambda: sampler.outcome("too-slow") == 1, "the copy is dropped", READING_SECONDS + 5)
    assert sampler.metrics()["inference_sampler_held"] == 0


def test_a_model_that_hangs_fills_the_queue_and_no_more(sampler: Running, model: StandInModel) -> None:
    """Copies are answered at once all the same, and the memory is that of the queue."""
    sampler.copy(BODY)
    settled(sampler, 1)
    process = psutil.Process(sampler.process.pid)
    before = process.memory_info().rss
    model.hangs.set()
    with ThreadPoolExecutor(16) as senders:
        statuses = list(senders.map(lambda _: sampler.copy(LARGEST), range(1000)))
    assert set(statuses) == {202}
    assert sampler.metrics()["inference_sampler_held"] == SLOTS
    assert sampler.outcome("queue-full") == 1000 - SLOTS
    assert process.memory_info().rss - before < 4 * SLOTS * MOST_BYTES
    assert model.most_at_once == 1
    model.hangs.clear()
    settled(sampler, 1001)
    assert model.most_at_once == 1, "one request at a time is what it may cost the model"


def test_the_largest_reference_fits_into_the_memory_that_is_left_for_it(model: StandInModel, tmp_path: Path) -> None:
    bins = MOST_COUNTERS // MOST_FEATURES - 2
    inputs = {"pixels": {"edges": list(range(bins + 1)), "counts": [[10_000] * bins] * MOST_FEATURES}}
    rows = json.dumps({"instances": [[3] * MOST_FEATURES] * 4}).encode()
    with running(model, written(tmp_path, inputs=inputs)) as sampler:
        for _ in range(LEAST_SAMPLES // 4):
            sampler.copy(rows)
            soon(lambda: sampler.metrics()["inference_sampler_held"] == 0, "the copy is dealt with")
        shown = sampler.metrics()
        assert shown[f'{INDEX}{{feature="others",kind="input"}}'] > 1
        assert len([name for name in shown if name.startswith(INDEX)]) == SHOWN_FEATURES + len(("others", "y", "c"))
        assert psutil.Process(sampler.process.pid).memory_info().rss < OWN_BYTES


def test_it_ends_when_it_is_told_to(sampler: Running) -> None:
    sampler.process.terminate()
    assert sampler.process.wait(10) == 0
