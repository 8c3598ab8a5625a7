"""What do the rules of 1,000 models cost Prometheus, once it remembers the 30 days that they ask for?

A real Prometheus has series with TensorFlow Serving's names of two pods of each model, and evaluates the rules of some
of them, of which the past is written that they look back at, as that of all would take an hour: the rules of these
models, also those that they share, read nothing of others, and cost as many times as much for all (a little less, as
more of these share a rule). What grows with the number of models, such as the search for names of pods, is asked of all
of them. The rules of the stack, which are there once, are measured alone.

All intervals are shorter by the same factor, so that a minute has evaluations enough to measure. What is measured is
the time of the processor, less that of the same Prometheus without the rules; it excludes other work on the machine.
"""

import json
import signal
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figure import Figure
from benchmarks.rules_sample import NAMESPACE, backfilled, live_page, rules_of
from inferencectl.demos.exporter import exporting
from inferencectl.sandbox import processes
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.launch import wait_for
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import PROMETHEUS
from inferencectl.workspace.errors import SandboxError

MODELS, WITH_PAST = 1000, 50
INTERVAL_SECONDS, FASTER = 30, 15
MOST_MISSED = 0.05
LARGEST_PERCENT = 10.0
LARGEST_MIB = 40.0
_MEASURED_SECONDS = 64
"""Whole intervals of all groups."""
_WAIT_SECONDS, _STOP_SECONDS = 300, 10
_BUSY = "look at what else the machine does"
_UNITS = {"s": 1, "m": 60}
_SCRAPED = 'max_over_time(scrape_samples_scraped{job="models"}[2h]) > 0'

Groups = Sequence[Mapping[str, Any]]


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Have a real Prometheus evaluate the rules of some models, and measure the time of its process."""
    programs = toolchain.ensure_tool(PROMETHEUS, progress)
    names = [f"model-{number:04}" for number in range(MODELS)]
    progress(f"making the rules of {WITH_PAST} models")
    rules = rules_of(tuple(names[:WITH_PAST]))
    page = live_page(names)
    with tempfile.TemporaryDirectory() as name, exporting(lambda _: page) as port:
        directory = Path(name)
        progress(f"writing the past of {WITH_PAST} models")
        backfilled(programs, directory, names[:WITH_PAST])
        with _running(programs / "prometheus", directory, port) as running:
            yield _evaluation(running, *rules, progress)
            yield _series(running, rules[0])
    yield Figure(
        name=f"rules of {MODELS} models, written",
        value=len(json.dumps(rules[0])) * MODELS / WITH_PAST / 2**20,
        unit="MiB",
        detail="as JSON, each model with an objective",
        bound=LARGEST_MIB,
    )


def _evaluation(running: "_Running", of_models: Groups, of_stack: Groups, progress: Callable[[str], None]) -> Figure:
    """Of the rules of a stack, and of as many models, by the time that no rules take."""
    taken = list[float]()
    for what, groups in (
        ("no rules", []),
        ("the rules of the stack", of_stack),
        ("those of models", of_models),
    ):
        progress(f"evaluating {what} for {_MEASURED_SECONDS} s")
        taken.append(running.seconds_with(groups))
    nothing, stack, models = taken
    seconds = (models - nothing) * MODELS / WITH_PAST + stack - nothing
    return Figure(
        name=f"evaluating the rules of {MODELS} models, of a processor's time",
        value=100 * seconds / FASTER / _MEASURED_SECONDS,
        unit="%",
        detail=f"{_evaluations(of_models) / WITH_PAST:.2f} evaluations a model every {INTERVAL_SECONDS} s, by "
        f"{WITH_PAST} with their past, and the stack's",
        bound=LARGEST_PERCENT,
    )


def _evaluations(groups: Groups) -> float:
    """Of rules, within an interval of Prometheus."""
    return sum(len(group["rules"]) * INTERVAL_SECONDS / _seconds(group.get("interval")) for group in groups)


def _series(running: "_Running", of_models: Groups) -> Figure:
    (counted,) = _get(
        running.url, "query", query=f'count({{namespace="{NAMESPACE}",inference_model=~"model-0[1-9].*"}})'
    )["result"]
    recorded = len({rule["record"] for group in of_models for rule in group["rules"] if "record" in rule})
    return Figure(
        name="series of a model",
        value=float(counted["value"][1]) / (MODELS - 100) + recorded,
        unit="series",
        detail=f"two pods of TensorFlow Serving, with what others say of them; {recorded} of them are recorded",
    )


@dataclass(frozen=True, kw_only=True)
class _Running:
    url: str
    process: psutil.Process
    directory: Path
    port: int

    def seconds_with(self, groups: Groups) -> float:
        """The processor's time that it takes with these rules, once all of them have been evaluated."""
        _configure(self.directory, self.port, groups)
        self.process.send_signal(signal.SIGHUP)
        names = {group["name"] for group in groups}
        _await(
            lambda: names == {each["name"] for each in self._groups() if each["evaluationTime"]}, "evaluate the rules"
        )
        before, done = self._seconds, self._iterations
        time.sleep(_MEASURED_SECONDS)
        taken, due, missed = (
            self._seconds - before,
            *(now - then for now, then in zip(self._iterations, done, strict=True)),
        )
        if wrong := [rule for group in self._groups() for rule in group["rules"] if rule["health"] != "ok"]:
            raise SandboxError(
                f"Prometheus could not evaluate {wrong[0]['query']}: {wrong[0].get('lastError')}", "fix it"
            )
        if missed > due * MOST_MISSED:
            raise SandboxError(f"Prometheus missed {missed:.0f} evaluations of {due:.0f}", _BUSY)
        return taken * due / (due - missed) if due else taken

    @property
    def _iterations(self) -> tuple[float, float]:
        """Evaluations of groups that were due, and those that were missed, as it counts them."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/metrics", timeout=60) as reply:
            lines = [line.decode().rpartition(" ") for line in reply]
        due, missed = (
            sum(float(value) for name, _, value in lines if name.startswith(f"prometheus_rule_group_{what}_total{{"))
            for what in ("iterations", "iterations_missed")
        )
        return due, missed

    def _groups(self) -> Groups:
        return _get(self.url, "rules")["groups"]

    @property
    def _seconds(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


def _configure(directory: Path, port: int, groups: Groups) -> None:
    """The configuration of Prometheus, with rules in intervals that are shorter than theirs by the same factor."""
    quick = [{**group, "interval": f"{_shortened(group.get('interval'))}ms"} for group in groups]
    (directory / "rules.yaml").write_text(json.dumps({"groups": quick}), encoding="utf-8")
    jobs = [
        {"job_name": "models", "honor_labels": True, "static_configs": [{"targets": [f"{LOOPBACK}:{port}"]}]},
    ]
    configuration = {
        "global": {"scrape_interval": f"{_MEASURED_SECONDS // 2}s"},
        "scrape_configs": jobs,
        "rule_files": [str(directory / "rules.yaml")],
    }
    (directory / "prometheus.yaml").write_text(json.dumps(configuration), encoding="utf-8")


def _shortened(interval: str | None) -> int:
    return 1000 * _seconds(interval) // FASTER


def _seconds(interval: str | None) -> int:
    return int(interval[:-1]) * _UNITS[interval[-1]] if interval else INTERVAL_SECONDS


@contextmanager
def _running(program: Path, directory: Path, port: int) -> Iterator[_Running]:
    _configure(directory, port, [])
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
    url = f"http://{LOOPBACK}:{own}"
    try:
        wait_for(lambda: http_unready(f"{url}/-/ready"), [component])
        _await(lambda: bool(_get(url, "query", query=_SCRAPED)["result"]), "scrape the models")
        yield _Running(url=url, process=component.process, directory=directory, port=port)
    finally:
        processes.stop(component, _STOP_SECONDS)


def _await(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SandboxError(f"Prometheus did not {what}", _BUSY)
        time.sleep(1)


def _get(url: str, what: str, **parameters: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}", timeout=60) as reply:
        return json.load(reply)["data"]
