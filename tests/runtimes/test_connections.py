"""Connections that clients keep, with Triton itself and what the platform starts it with: they follow the pods.

Two servers behind a stand-in for a Service's address: the second appears as at a scale-out, and the first goes away as
at the end of a change of version, while k6 counts what is lost.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from inferencectl.load.load import Load
from inferencectl.load.local import local_load
from inferencectl.load.result import Protocol
from inferencectl.load.tensor import Dialect, Tensor
from tests.components.models import version
from tests.runtimes.processes import Place
from tests.runtimes.service_address import service_addresses
from tests.runtimes.triton_process import placed, served, started
from tests.waiting import soon

DRAIN_SECONDS = 5
LOAD = Load(
    dialect=Dialect.OPEN_INFERENCE,
    model="digits",
    inputs=[Tensor(name="x", shape=[1, 2], values=[1.0, 2.0])],
    host="127.0.0.1",
    http_port=None,
    grpc_port=None,
    rate=20,
    seconds=300,
    connection_seconds=2.0,
)


def ports(place: Place) -> tuple[int, int]:
    return place.ports[place.server.http_port], place.ports[place.server.grpc_port]


@contextmanager
def triton(python: Path, root: Path, number: int) -> Iterator[tuple[Place, subprocess.Popen[bytes]]]:
    root.mkdir()
    place, _ = placed(root, served(versions=(version(number),), drain_seconds=DRAIN_SECONDS))
    with started(python, place) as process:
        soon(place.ready, "the model is loaded")
        yield place, process


def test_connections_follow_a_scale_out_and_leave_a_pod_before_it_stops(
    triton_python: Path, k6: Path, tmp_path: Path
) -> None:
    with (
        triton(triton_python, tmp_path / "1", 1) as (old, process),
        triton(triton_python, tmp_path / "2", 2) as (new, _),
    ):
        (old_http, old_grpc), (new_http, new_grpc) = ports(old), ports(new)
        with service_addresses([old_http], [old_grpc]) as (http, rpc):
            load = replace(LOAD, http_port=http.port, grpc_port=rpc.port)
            with local_load(k6, load, tmp_path) as running:
                running.begin()
                assert running.report().versions == {"1"}
                http.ready, rpc.ready = [old_http, new_http], [old_grpc, new_grpc]
                time.sleep(DRAIN_SECONDS)
                scaled_out = time.time()
                spread = running.report(scaled_out)
                http.ready, rpc.ready = [new_http], [new_grpc]
                time.sleep(DRAIN_SECONDS)
                stopped = time.time()
                process.send_signal(signal.SIGTERM)
                process.wait()
                after = running.report(stopped)
    whole = running.whole_report()
    assert whole.lost == 0, whole.examples
    for protocol in Protocol:
        answers = spread.protocols[protocol].versions
        assert min(answers.get("1", 0), answers.get("2", 0)) >= 0.2 * sum(answers.values()), (protocol, answers)
    assert after.versions == {"2"}
