"""The sampler as a process, as its image starts it."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil

from inferencectl.sandbox.ports import free_ports
from tests.runtimes.processes import asked, process
from tests.sampler.stand_in_model import StandInModel
from tests.waiting import soon

PACKAGE = Path(__file__).parents[2] / "model_images" / "sampler"
MODEL, VERSION = "digits", 7
PREDICT = f"/v1/models/{MODEL}:predict"
MOST_BYTES = 64 * 1024
LEAST_SAMPLES = 200
INDEX, SHARE = "inference_sampler_stability_index", "inference_sampler_window_share"
OWN = f'inference_model="{MODEL}",inference_version="{VERSION}"'
_SAMPLE = re.compile(r"^(?P<name>\w+)(\{(?P<labels>.*)\})? (?P<value>\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A sampler that answers."""

    process: subprocess.Popen[bytes]
    port: int
    grpc_port: int
    metrics_port: int
    log: Path

    def copy(self, body: bytes, path: str = PREDICT, method: str = "POST", **headers: str) -> int:
        """Send a copy; returns the status, which nobody but a test reads."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status

    def call(self, method: str, *messages: bytes, compression: grpc.Compression | None = None) -> None:
        """Send a copy over gRPC, of one message unless a test says otherwise; errors are nobody's."""
        with grpc.insecure_channel(f"127.0.0.1:{self.grpc_port}") as channel, suppress(grpc.RpcError):
            channel.stream_unary(method)(iter(messages), timeout=10, compression=compression)

    @property
    def processor_seconds(self) -> float:
        """The processor's time that it has taken: what else the machine does is not in it."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def metrics(self) -> dict[str, float]:
        """Every series that it shows, by its name and labels other than the model's and the version's."""
        status, text = asked(f"http://127.0.0.1:{self.metrics_port}/metrics")
        assert status == 200
        text = text.replace(f"{{{OWN}}}", "").replace(f"{OWN},", "").replace(f",{OWN}", "")
        return {
            f"{found['name']}{{{found['labels']}}}" if found["labels"] else found["name"]: float(found["value"])
            for found in _SAMPLE.finditer(text)
        }

    def outcome(self, name: str) -> int:
        """How many copies ended like this."""
        return int(self.metrics()[f'inference_sampler_copies_total{{outcome="{name}"}}'])

    def dealt_with(self) -> int:
        """All copies that it is done with."""
        return int(sum(value for name, value in self.metrics().items() if "copies_total" in name))


@contextmanager
def running(model: StandInModel, reference: Path, most_bytes: int = MOST_BYTES, **more: str) -> Iterator[Running]:
    """One whose other settings are those of this module."""
    port, grpc_port, metrics_port = free_ports(3)
    options = {
        "--model": MODEL,
        "--version": VERSION,
        "--address": model.address,
        "--grpc-address": f"127.0.0.1:{model.grpc_port or metrics_port}",
        "--protocol": "tensorflow-serving",
        "--reference": reference,
        "--most-bytes": most_bytes,
        "--window-seconds": 3600,
        "--least-samples": LEAST_SAMPLES,
        "--host": "127.0.0.1",
        "--port": port,
        "--grpc-port": grpc_port,
        "--metrics-port": metrics_port,
        **{f"--{name.replace('_', '-')}": value for name, value in more.items()},
    }
    command = [sys.executable, "-m", "drift_sampler", *(str(part) for option in options.items() for part in option)]
    log = reference.parent / "sampler.log"
    with process(command, {**os.environ, "PYTHONPATH": str(PACKAGE)}, log) as started:
        url = f"http://127.0.0.1:{metrics_port}/healthz"
        soon(lambda: asked(url)[0] == 200 or started.poll() is not None, "the sampler answers", 30)
        assert started.poll() is None, log.read_text()
        yield Running(process=started, port=port, grpc_port=grpc_port, metrics_port=metrics_port, log=log)


def settled(sampler: Running, copies: int) -> None:
    """Wait until it is done with so many copies."""
    soon(lambda: sampler.dealt_with() == copies, f"{copies} copies are dealt with", 30)
