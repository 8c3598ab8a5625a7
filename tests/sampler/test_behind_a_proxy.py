"""The sampler behind a real Envoy that copies every request to it: whatever it does, no client loses a request."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.mirroring_proxy import mirroring_proxy
from tests.runtimes.processes import asked
from tests.sampler.references import written
from tests.sampler.running import PREDICT, Running, running
from tests.sampler.stand_in_model import PROBABILITIES, StandInModel, standing_in
from tests.waiting import soon

REQUESTS, CLIENTS = 600, 8
DOCUMENT = {"instances": [[1, 5, 15]]}
ANSWER = json.dumps({"predictions": [PROBABILITIES]})


@pytest.fixture
def sampler(tmp_path: Path) -> Iterator[tuple[Running, StandInModel, str]]:
    """A sampler of a model, and the address at which clients ask that model."""
    with (
        standing_in() as model,
        running(model, written(tmp_path)) as started,
        mirroring_proxy(tmp_path, percent=100, sampler=started.port, model=model.port, plain_model=model.port) as proxy,
    ):
        yield started, model, f"http://127.0.0.1:{proxy.copying}{PREDICT}"


def answers(url: str, number: int = REQUESTS) -> Counter[tuple[int, str]]:
    """What so many requests are answered."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        return Counter(clients.map(lambda _: asked(url, DOCUMENT), range(number)))


def stopped(sampler: Running) -> None:
    os.kill(sampler.process.pid, signal.SIGSTOP)


def killed(sampler: Running) -> None:
    sampler.process.kill()
    sampler.process.wait()


def test_all_copies_reach_it_and_the_model_is_asked_once_more_for_each(
    sampler: tuple[Running, StandInModel, str],
) -> None:
    started, model, url = sampler
    assert answers(url, 40) == {(200, ANSWER): 40}
    soon(lambda: started.dealt_with() == 40, "all copies are dealt with")
    assert started.outcome("observed") + started.outcome("queue-full") == 40
    assert len(model.paths) == 40 + started.outcome("observed")


@pytest.mark.parametrize("disturbed", [stopped, killed], ids=["hangs", "is killed"])
def test_no_request_is_lost_where_the_sampler(
    sampler: tuple[Running, StandInModel, str], disturbed: Callable[[Running], None]
) -> None:
    """In the middle of the load, and from then on."""
    started, _, url = sampler
    with ThreadPoolExecutor(1) as meanwhile:
        load = meanwhile.submit(answers, url)
        time.sleep(0.3)
        disturbed(started)
        assert load.result() == {(200, ANSWER): REQUESTS}
    began = time.monotonic()
    assert answers(url, 100) == {(200, ANSWER): 100}
    assert time.monotonic() - began < 10
    # A process that is stopped hears no request to end.
    started.process.kill()


def test_no_request_waits_for_a_sampler_that_is_slower_than_its_copies(
    sampler: tuple[Running, StandInModel, str],
) -> None:
    started, model, url = sampler
    model.seconds = 0.02
    assert answers(url) == {(200, ANSWER): REQUESTS}
    # Eight clients ask faster than one sampler does: it lets go of what it cannot take.
    assert started.outcome("queue-full") > 0
    assert started.metrics()["inference_sampler_held"] <= 64
