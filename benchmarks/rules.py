"""What do the rules of 1,000 models cost Prometheus, once it remembers the 30 days that they ask for?

A real Prometheus has series with TensorFlow Serving's names of two pods of each. A past of 30 days is written for some
of them only, as that of all would take hours: their rules are asked one after the other, and stand for all, as those of
one model read nothing of another. What is measured is the time of the processor, which excludes other work on the
machine; a Prometheus that is told to evaluate everything at once waits for itself, and its own figures are of that.
"""

import json
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figure import Figure
from benchmarks.rules_sample import NAMESPACE, backfilled, live_page, rules_of_model
from inferencectl.demos.exporter import exporting
from inferencectl.sandbox import processes
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.launch import wait_for
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import PROMETHEUS
from inferencectl.workspace.errors import SandboxError

MODELS, WITH_PAST = 1000, 5
INTERVAL_SECONDS = 30
LARGEST_PERCENT = 10.0
LARGEST_MIB = 40.0
ROUNDS = 5
_WAIT_SECONDS, _STOP_SECONDS = 300, 10


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Ask a real Prometheus what the rules of some models ask, and measure the time of its process."""
    programs = toolchain.ensure_tool(PROMETHEUS, progress)
    names = [f"model-{number:04}" for number in range(MODELS)]
    written = json.dumps([rules_of_model(name) for name in names])
    page = live_page(names)
    with tempfile.TemporaryDirectory() as name, exporting(lambda _: page) as port:
        directory = Path(name)
        progress(f"writing 30 days of {WITH_PAST} models")
        backfilled(programs, directory, names[:WITH_PAST])
        with _running(programs / "prometheus", directory, port) as running:
            progress(f"evaluating the rules of {WITH_PAST} models, {ROUNDS} rounds")
            yield _evaluation(running, names[:WITH_PAST])
            yield _series(running.url)
    yield Figure(
        name=f"rules of {MODELS} models, written",
        value=len(written) / 2**20,
        unit="MiB",
        detail="as JSON, each model with an objective",
        bound=LARGEST_MIB,
    )


def _evaluation(running: "_Running", names: Sequence[str]) -> Figure:
    """The processor's time of the rules of an interval, without that of asking; others of the rounds had a scrape."""
    rules = [rule["expr"] for name in names for group in rules_of_model(name) for rule in group["rules"]]
    asking = min(_seconds(running, ["vector(1)"] * len(rules)) for _ in range(ROUNDS))
    evaluating = min(_seconds(running, rules) for _ in range(ROUNDS))
    return Figure(
        name=f"evaluating the rules of {MODELS} models, of a processor's time",
        value=100 * (evaluating - asking) / INTERVAL_SECONDS * MODELS / WITH_PAST,
        unit="%",
        detail=f"{len(rules) // WITH_PAST} rules a model, by {WITH_PAST} with 30 days of past; best of {ROUNDS}",
        bound=LARGEST_PERCENT,
    )


def _seconds(running: "_Running", queries: Sequence[str]) -> float:
    before = running.seconds
    for query in queries:
        _get(running.url, "query", query=query)
    return running.seconds - before


def _series(url: str) -> Figure:
    (counted,) = _get(url, "query", query=f'count({{namespace="{NAMESPACE}",inference_model!~".*-000[0-4]"}})')[
        "result"
    ]
    recorded = sum("record" in rule for group in rules_of_model("model") for rule in group["rules"])
    return Figure(
        name="series of a model",
        value=float(counted["value"][1]) / (MODELS - WITH_PAST) + recorded,
        unit="series",
        detail=f"two pods of TensorFlow Serving, with what others say of them; {recorded} of them are recorded",
    )


@dataclass(frozen=True, kw_only=True)
class _Running:
    url: str
    process: psutil.Process

    @property
    def seconds(self) -> float:
        """The processor's time that it has taken."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def _running(program: Path, directory: Path, port: int) -> Iterator[_Running]:
    job = {"job_name": "models", "honor_labels": True, "static_configs": [{"targets": [f"{LOOPBACK}:{port}"]}]}
    configuration = {
        "global": {"scrape_interval": "2m", "scrape_timeout": "1m"},
        "scrape_configs": [job],
    }
    (directory / "prometheus.yaml").write_text(json.dumps(configuration), encoding="utf-8")
    (own,) = free_ports(1)
    command = (
        str(program),
        f"--config.file={directory / 'prometheus.yaml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        "--storage.tsdb.retention.time=60d",
        f"--web.listen-address={LOOPBACK}:{own}",
    )
    (directory / "logs").mkdir()
    component = processes.start("prometheus", command, directory)
    try:
        wait_for(lambda: http_unready(f"http://{LOOPBACK}:{own}/-/ready"), [component])
        running = _Running(url=f"http://{LOOPBACK}:{own}", process=component.process)
        _await_scrape(running.url)
        yield running
    finally:
        processes.stop(component, _STOP_SECONDS)


def _await_scrape(url: str) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not _get(url, "query", query='max_over_time(scrape_samples_scraped{job="models"}[2h]) > 0')["result"]:
        if time.monotonic() > deadline:
            raise SandboxError("Prometheus did not scrape the models", "look at what else the machine does")
        time.sleep(1)


def _get(url: str, what: str, **parameters: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}", timeout=60) as reply:
        return json.load(reply)["data"]
