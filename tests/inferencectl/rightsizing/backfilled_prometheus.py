"""A real Prometheus with backfilled series: its past is written before it starts."""

import json
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import PROMETHEUS
from tests.waiting import soon


@dataclass(frozen=True, kw_only=True)
class Past:
    """A series, sampled ``every`` so many seconds until now; ``value`` takes the seconds since it began."""

    metric: str
    labels: Mapping[str, str]
    value: Callable[[int], float]
    seconds: int = 7 * 86_400
    every: int = 120

    def samples(self, now: int) -> Iterator[str]:
        """Lines of the OpenMetrics text format."""
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        for since in range(0, self.seconds + 1, self.every):
            yield f"{self.metric}{{{labels}}} {self.value(since):.6f} {now - self.seconds + since}"


@contextmanager
def remembering(
    past: Iterable[Past],
    directory: Path,
    configuration: Mapping[str, object] | None = None,
    *,
    now: int | None = None,
) -> Iterator[str]:
    """The URL of a Prometheus on loopback with this past, until ``now``, and ``configuration``; stopped afterwards."""
    programs = toolchain.ensure_tool(PROMETHEUS, print)
    data, text = directory / "data", directory / "past.txt"
    end = int(time.time()) if now is None else now
    families: dict[str, list[Past]] = {}
    for series in past:
        families.setdefault(series.metric, []).append(series)
    lines = (line for family in families.values() for series in family for line in series.samples(end))
    text.write_text("".join(f"{line}\n" for line in lines) + "# EOF\n")
    backfill = [str(programs / "promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*backfill, "--max-block-duration=168h", str(text), str(data)], check=True, capture_output=True)
    (directory / "prometheus.yaml").write_text(json.dumps(configuration or {}))
    (port,) = free_ports(1)
    command = [
        *(str(programs / "prometheus"), f"--config.file={directory / 'prometheus.yaml'}"),
        *(f"--storage.tsdb.path={data}", f"--web.listen-address={LOOPBACK}:{port}"),
    ]
    with (directory / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            soon(lambda: http_unready(f"http://{LOOPBACK}:{port}/-/ready") is None, "Prometheus is ready")
            yield f"http://{LOOPBACK}:{port}"
        finally:
            process.kill()
