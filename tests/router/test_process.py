"""The router as a process: killed or stopped with requests in flight, and started with what is no graph."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inferencectl.sandbox.ports import free_ports
from tests.router.graphs import document, graph, request, sequence, to, written
from tests.router.stand_in_models import StandInModel, StandIns, in_thread
from tests.runtimes.processes import asked, process
from tests.waiting import soon

PACKAGE = Path(__file__).parents[2] / "model_images" / "router"
CLIENTS = 8
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE)}


@dataclass(frozen=True, kw_only=True)
class Running:
    """A router that answers."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, value: float) -> Any:
        """The answer to one number, or the status or the error instead of one."""
        body = json.dumps(request([[value]])).encode()
        url = f"http://127.0.0.1:{self.port}/v2/models/answers/infer"
        sent = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(sent, timeout=30) as response:  # noqa: S310
                return json.loads(response.read())["outputs"][0]["data"][0]
        except urllib.error.HTTPError as error:
            return f"status {error.code}"
        except (OSError, ValueError) as error:
            return error


def command(file: Path, *ports: int, drain_seconds: float = 0) -> list[str]:
    options = {
        "graph": file,
        "host": "127.0.0.1",
        "port": ports[0],
        "metrics-port": ports[1],
        "drain-seconds": drain_seconds,
    }
    return [sys.executable, "-m", "graph_router", *(f"--{name}={value}" for name, value in options.items())]


@contextmanager
def running(file: Path, ports: Sequence[int], drain_seconds: float = 0) -> Iterator[Running]:
    started_with = command(file, *ports, drain_seconds=drain_seconds)
    with process(started_with, ENVIRONMENT, file.parent / "router.log") as started:
        url = f"http://127.0.0.1:{ports[0]}/v2/health/ready"
        soon(lambda: asked(url)[0] == 200 or started.poll() is not None, "the router is ready", 60)
        assert started.poll() is None, (file.parent / "router.log").read_text()
        yield Running(process=started, port=ports[0])


@pytest.fixture
def models() -> StandIns:
    return StandIns(small=StandInModel(factor=2), other=StandInModel(summand=1))


def test_killed_with_requests_in_flight_it_answers_nobody_wrongly_and_serves_again(
    models: StandIns, tmp_path: Path
) -> None:
    with in_thread(models) as address, ThreadPoolExecutor(CLIENTS) as clients:
        file, ports = written(graph(sequence(to("small"), to("other", "y"))), address, tmp_path), free_ports(2)
        for _ in range(2):
            models.models["other"].seconds = 0
            with running(file, ports) as router:
                assert list(clients.map(router.ask, range(CLIENTS))) == [2 * value + 1 for value in range(CLIENTS)]
                models.models["other"].seconds = 20
                models.models["other"].asked.clear()
                waiting = [clients.submit(router.ask, value) for value in range(CLIENTS)]
                soon(lambda: len(models.models["other"].asked) == CLIENTS, "all are in flight", 30)
                router.process.kill()
                answers = [each.result(30) for each in waiting]
                assert all(isinstance(answer, OSError) for answer in answers), answers


def test_told_to_stop_it_answers_what_it_has_and_what_still_comes(models: StandIns, tmp_path: Path) -> None:
    models.models["small"].seconds = 1
    with in_thread(models) as address, ThreadPoolExecutor(CLIENTS) as clients:
        file, ports = written(graph(sequence(to("small"))), address, tmp_path), free_ports(2)
        with running(file, ports, drain_seconds=0.5) as router:
            waiting = [clients.submit(router.ask, value) for value in range(CLIENTS - 1)]
            soon(lambda: len(models.models["small"].asked) == CLIENTS - 1, "all are in flight", 30)
            router.process.send_signal(signal.SIGTERM)
            soon(lambda: asked(f"http://127.0.0.1:{ports[0]}/v2/health/ready")[0] == 503, "it is no longer ready", 30)
            late = clients.submit(router.ask, 9)
            assert [each.result(30) for each in waiting] == [2 * value for value in range(CLIENTS - 1)]
            assert late.result(30) == 18
            assert router.process.wait(30) == 0


def test_metrics_have_a_port_of_their_own(models: StandIns, tmp_path: Path) -> None:
    with in_thread(models) as address:
        file, ports = written(graph(sequence(to("small"))), address, tmp_path), free_ports(2)
        with running(file, ports) as router:
            assert router.ask(1) == 2
            status, text = asked(f"http://127.0.0.1:{ports[1]}/metrics")
            assert status == 200
            labels = 'edge="begin/small",inference_graph="answers",outcome="answered"'
            assert f"inference_router_edge_requests_total{{{labels}}} 1.0" in text
            assert "_created" not in text
            assert asked(f"http://127.0.0.1:{ports[0]}/metrics")[0] == 404


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"entry": "nowhere"}, "entry: no step is called 'nowhere'"),
        ({"models": []}, "begin/small: neither a step nor a model is called 'small'"),
        ({"steps": [{"name": "begin", "kind": "loop"}]}, "steps.begin.kind: 'loop' is no kind of step"),
        ({"budgetMilliseconds": None}, "not a graph that the platform writes"),
    ],
)
def test_what_is_no_graph_is_said_in_one_line(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    file = tmp_path / "graph.json"
    file.write_text(json.dumps({**document(graph(sequence(to("small"))), "http://127.0.0.1:9"), **change}))
    done = subprocess.run(command(file, *free_ports(2)), env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{file}: ")
    assert problem in line
