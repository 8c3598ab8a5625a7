"""What does sampling cost the clients of a model, and the machine?

Two stand-ins for a model server are asked at the same time, on schedule, through one Envoy: of one of them it copies a
share of the requests to a sampler, which asks that model again; over HTTP, and then over gRPC. A ratio is formed in
each round, so that what else the machine does hits both, and the median of the rounds is taken. Then all requests are
copied, and the sampler's CPU time is read.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import aiohttp
import psutil
from grpc import aio

from benchmarks import predict_calls
from benchmarks.figure import Figure
from benchmarks.mirroring_proxy import mirroring_proxy
from inferencectl.sandbox.ports import LOOPBACK, free_ports, is_free

ROUNDS, SECONDS, RATE, PERCENT = 7, 15, 50, 10
P99_LIMIT = 1.25
CPU_LIMIT_SECONDS = 2.5
PIXELS = 64
_MODEL = "digits"
_PATH = f"/v1/models/{_MODEL}:predict"
_ROOT = Path(__file__).parents[1]
_EDGES = [2 * edge for edge in range(9)]
_REFERENCE = {
    "schema": 2,
    "inputs": {"pixels": {"edges": _EDGES, "counts": [[100] * 8] * PIXELS}},
    "predictions": {"output": "probabilities", "counts": [100] * 10},
    "confidence": {"edges": [0, 0.5, 0.9, 1], "counts": [100, 200, 700]},
}


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How models are asked: by what, from a schedule of so many seconds, and which module stands in for one."""

    name: str
    model: str
    asking: Callable[[str], AbstractAsyncContextManager[Callable[[], Awaitable[object]]]]


@dataclass(frozen=True, kw_only=True)
class _Rig:
    """The addresses that are asked, and the sampler."""

    way: _Way

    copying: str
    plain: str
    sampler: psutil.Process
    metrics: str

    def observed(self) -> int:
        """The copies that the sampler has counted."""
        with urllib.request.urlopen(self.metrics, timeout=10) as response:  # noqa: S310 - our own
            lines = response.read().decode().splitlines()
        return int(next(float(line.split()[-1]) for line in lines if 'outcome="observed"' in line))


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Ask with and without copies at the same time; then copy everything."""
    for way in _WAYS:
        with _rig(way, PERCENT) as rig:
            rounds = [_round(rig, number, progress) for number in range(ROUNDS)]
        yield _added(way, rounds)
        with _rig(way, 100) as rig:
            progress(f"{RATE} requests a second over {way.name} for {SECONDS} s, all of which are copied")
            yield _cpu(rig)


def _round(rig: _Rig, number: int, progress: Callable[[str], None]) -> tuple[Sequence[float], Sequence[float]]:
    progress(
        f"{RATE} requests a second over {rig.way.name} with and without copies for {SECONDS} s, "
        f"round {number + 1} of {ROUNDS}"
    )

    async def both() -> tuple[Sequence[float], Sequence[float]]:
        return await asyncio.gather(_latencies(rig.way, rig.copying), _latencies(rig.way, rig.plain))

    return asyncio.run(both())


@asynccontextmanager
async def _http(address: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    body = json.dumps({"instances": [_row()]})
    async with aiohttp.ClientSession() as session:

        async def ask() -> None:
            async with session.post(f"http://{address}{_PATH}", data=body) as response:
                response.raise_for_status()
                await response.read()

        yield ask


@asynccontextmanager
async def _grpc(address: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    body = predict_calls.request(_MODEL, "pixels", _row())
    async with aio.insecure_channel(address) as channel:
        yield lambda: channel.unary_unary(predict_calls.METHOD)(body)


_WAYS = (
    _Way(name="HTTP", model="benchmarks.predicting_server", asking=_http),
    _Way(name="gRPC", model="benchmarks.predict_calls", asking=_grpc),
)


def _row() -> Sequence[int]:
    return [random.randint(0, 16) for _ in range(PIXELS)]  # noqa: S311


async def _latencies(way: _Way, address: str) -> Sequence[float]:
    """Seconds from when a request was due to its answer, which must be one."""
    async with way.asking(address) as asked:

        async def ask(due: float) -> float:
            await asyncio.sleep(due - time.monotonic())
            await asked()
            return time.monotonic() - due

        first = time.monotonic() + 0.5 + random.random() / RATE  # noqa: S311
        return await asyncio.gather(*(ask(first + number / RATE) for number in range(RATE * SECONDS)))


def _added(way: _Way, rounds: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Figure:
    with_copies, without = ([_p99(each[side]) for each in rounds] for side in (0, 1))
    ratios = [one / other for one, other in zip(with_copies, without, strict=True)]
    return Figure(
        name=f"p99 of a model of which {PERCENT} % is sampled, compared to the same without, over {way.name}",
        value=median(ratios),
        bound=P99_LIMIT,
        unit="x",
        detail=f"{median(with_copies) * 1000:.2f} and {median(without) * 1000:.2f} ms; "
        f"{2 * ROUNDS * RATE * SECONDS:,} requests, none lost",
    )


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[-1]


def _cpu(rig: _Rig) -> Figure:
    before, counted = _cpu_seconds(rig.sampler), rig.observed()
    asyncio.run(_latencies(rig.way, rig.copying))
    time.sleep(1)
    spent, observed = _cpu_seconds(rig.sampler) - before, rig.observed() - counted
    return Figure(
        name=f"CPU time of the sampler for 1,000 requests of 64 values, over {rig.way.name}",
        value=1000 * spent / observed,
        bound=CPU_LIMIT_SECONDS,
        unit="s",
        detail=f"{observed:,} requests observed; {rig.sampler.memory_info().rss / 2**20:.0f} MiB of memory",
    )


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@contextmanager
def _rig(way: _Way, percent: int) -> Iterator[_Rig]:
    over_http, over_grpc, metrics, model, plain = free_ports(5)
    port = over_http if way.name == "HTTP" else over_grpc
    with TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        (directory / "reference.json").write_text(json.dumps(_REFERENCE), encoding="utf-8")
        for each in (model, plain):
            stack.enter_context(_started([way.model, str(each)], each))
        options = {
            "--model": _MODEL,
            "--version": 1,
            "--address": f"http://{LOOPBACK}:{model}",
            "--grpc-address": f"{LOOPBACK}:{model}",
            "--protocol": "tensorflow-serving",
            "--reference": directory / "reference.json",
            "--most-bytes": 2**18,
            "--window-seconds": 3600,
            "--least-samples": 500,
            "--host": LOOPBACK,
            "--port": over_http,
            "--grpc-port": over_grpc,
            "--metrics-port": metrics,
        }
        command = ["drift_sampler", *(str(part) for option in options.items() for part in option)]
        sampler = stack.enter_context(_started(command, port))
        ports = stack.enter_context(
            mirroring_proxy(
                directory,
                percent=percent,
                sampler=port,
                model=model,
                plain_model=plain,
                grpc=port == over_grpc,
            )
        )
        yield _Rig(
            way=way,
            copying=f"{LOOPBACK}:{ports.copying}",
            plain=f"{LOOPBACK}:{ports.plain}",
            sampler=psutil.Process(sampler.pid),
            metrics=f"http://{LOOPBACK}:{metrics}/metrics",
        )


@contextmanager
def _started(module: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module that listens at the port; ended with the context."""
    path = f"{_ROOT}:{_ROOT / 'model_images' / 'sampler'}"
    process = subprocess.Popen([sys.executable, "-m", *module], env={**os.environ, "PYTHONPATH": path})
    try:
        while is_free(port) and process.poll() is None:
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()
