"""The TensorFlow Serving stand-in, with faults on demand, as a process of its own."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.environments import installed

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "inferencectl" / "sandbox" / "standins" / "tensorflow_serving"
PROGRAM = Path(__file__).with_name("tensorflow_server.py")
MODEL, VERSION = "digits", 3


@dataclass(frozen=True, kw_only=True)
class ModelServer:
    """Where it answers, and the file of what its version answered when it was saved."""

    rest: str
    grpc: str
    expect: Path

    def behave(self, **changes: Any) -> None:
        """As at its start, but for what ``changes`` name: see ``Faulty`` in ``tensorflow_server.py``."""
        request = urllib.request.Request(f"{self.rest}/control", json.dumps(changes).encode(), method="POST")  # noqa: S310 - http, to ourselves
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            assert answer.status == 200


@contextmanager
def model_server(directory: Path) -> Iterator[ModelServer]:
    """Run the server; its models and its log are in ``directory``."""
    python = installed("training")
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            [str(python), str(PROGRAM), str(directory)],
            env={**os.environ, "PYTHONPATH": str(STAND_IN), "TF_CPP_MIN_LOG_LEVEL": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdin
    assert process.stdout
    try:
        line = process.stdout.readline()
        assert line, (directory / "log").read_text()
        ports = json.loads(line)
        yield ModelServer(
            rest=f"http://127.0.0.1:{ports['rest']}",
            grpc=f"grpc://127.0.0.1:{ports['grpc']}",
            expect=directory / "verification.json",
        )
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
