"""What does a hop through the router of a graph add to a model's answer?

A stand-in for a model server is asked on schedule, directly and through a router whose graph is that one model, in
turns, so that what else the machine does hits both. Of each pair of turns the difference of the two p99 is formed, and
the median of these is taken.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.figure import Figure
from inferencectl.sandbox.ports import LOOPBACK, free_ports, is_free

ROUNDS, SECONDS, RATE = 5, 6, 500
ADDED_LIMIT_MILLISECONDS = 1.5
_ROOT = Path(__file__).parents[1]
_ROW = {"name": "pixels", "datatype": "FP32", "shape": [1, 64], "data": [0.5] * 64}
_INFER = "/v2/models/{}/infer"


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Ask directly and through the router, in turns."""
    with _rig() as (direct, routed):
        for address in (direct, routed):
            asyncio.run(_latencies(address))
        rounds = list[tuple[float, float]]()
        for number in range(ROUNDS):
            progress(
                f"{RATE} requests a second for {SECONDS} s, directly and through a router: {number + 1} of {ROUNDS}"
            )
            rounds.append((_p99(asyncio.run(_latencies(direct))), _p99(asyncio.run(_latencies(routed)))))
    of_model, of_graph = (median(each[side] for each in rounds) for side in (0, 1))
    yield Figure(
        name="added p99 of one hop through the router of a graph",
        value=median(routed - plain for plain, routed in rounds),
        bound=ADDED_LIMIT_MILLISECONDS,
        unit="ms",
        detail=f"{of_graph:.2f} and {of_model:.2f} ms; {2 * ROUNDS * RATE * SECONDS:,} requests, none lost",
    )


def _p99(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return 1000 * quantiles(seconds, n=100)[-1]


async def _latencies(url: str) -> Sequence[float]:
    """Seconds from when a request was due to its answer, which must be one."""
    body = json.dumps({"inputs": [_ROW]}).encode()
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(due: float) -> float:
            await asyncio.sleep(due - time.monotonic())
            async with session.post(url, data=body, headers=headers) as response:
                response.raise_for_status()
                await response.read()
            return time.monotonic() - due

        first = time.monotonic() + 0.5
        return await asyncio.gather(*(ask(first + number / RATE) for number in range(RATE * SECONDS)))


@contextmanager
def _rig() -> Iterator[tuple[str, str]]:
    """The addresses of a model, and of a graph of it."""
    model, port, metrics = free_ports(3)
    graph = {
        "name": "answers",
        "entry": "begin",
        "budgetMilliseconds": 10_000,
        "maxConcurrentRequests": 1024,
        "maxRequestBytes": 2**16,
        "inputs": [],
        "steps": [{"name": "begin", "kind": "sequence", "edges": [{"to": "digits", "timeoutMilliseconds": 5000}]}],
        "models": [
            {
                "name": "digits",
                "nameInRequests": "digits",
                "address": f"http://{LOOPBACK}:{model}",
                "protocol": "open-inference",
                "outputs": [],
            }
        ],
    }
    with TemporaryDirectory() as name, ExitStack() as stack:
        file = Path(name) / "graph.json"
        file.write_text(json.dumps(graph), encoding="utf-8")
        options = {"graph": file, "host": LOOPBACK, "port": port, "metrics-port": metrics, "drain-seconds": 0}
        router = ["graph_router", *(f"--{option}={value}" for option, value in options.items())]
        for module, listens in ((["benchmarks.predicting_server", str(model)], model), (router, port)):
            stack.enter_context(_started(module, listens))
        yield (
            f"http://{LOOPBACK}:{model}{_INFER.format('digits')}",
            f"http://{LOOPBACK}:{port}{_INFER.format('answers')}",
        )


@contextmanager
def _started(module: Sequence[str], port: int) -> Iterator[None]:
    """A Python module that listens at the port; ended with the context."""
    path = f"{_ROOT}:{_ROOT / 'model_images' / 'router'}"
    process = subprocess.Popen([sys.executable, "-m", *module], env={**os.environ, "PYTHONPATH": path})
    try:
        while is_free(port) and process.poll() is None:
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()
