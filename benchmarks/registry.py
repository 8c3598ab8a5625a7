"""How much slower is publishing or verifying a model than copying and hashing its files, and how much memory is used?

Two processes that use the same S3 server are compared: the registry's command line, and a program that uploads or
downloads the files with the same library and computes their SHA-256.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from botocore.exceptions import BotoCoreError

from benchmarks.figure import Figure
from benchmarks.large_model import written
from inferencectl.sandbox.live.signing_keys import make_signing_keys
from inferencectl.sandbox.ports import LOOPBACK, free_ports

ROOT = Path(__file__).parents[1]
FILES = 8
MEBIBYTES = 2048
ROUNDS = 2
OVER_PLAIN = 1.3
MEMORY_MEBIBYTES = 300
BUCKET = "models"
START_SECONDS = 60


@dataclass(frozen=True)
class _Run:
    """The wall time of a process in seconds, and its peak memory in MiB."""

    seconds: float
    mebibytes: float


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Publish and verify a model of 2 GiB, alternating with copying and hashing its files."""
    with TemporaryDirectory() as name:
        model = written(Path(name) / "model", FILES, MEBIBYTES, progress)
        runs = [_round(Path(name), model, number, progress) for number in range(1, ROUNDS + 1)]
    for what, plain in (("publish", "upload"), ("verify", "download")):
        ours, floor = (min(run[of].seconds for run in runs) for of in (what, plain))
        yield Figure(
            name=f"{what} {MEBIBYTES:,} MiB, compared to plain {plain} and SHA-256",
            value=ours / floor,
            bound=OVER_PLAIN,
            unit="x",
            detail=f"{MEBIBYTES / ours:.0f} compared to {MEBIBYTES / floor:.0f} MiB/s, best of {ROUNDS} rounds",
        )
        yield Figure(
            name=f"peak memory to {what} {MEBIBYTES:,} MiB",
            value=max(run[what].mebibytes for run in runs),
            bound=MEMORY_MEBIBYTES,
            unit="MiB",
            detail=f"plain {plain}: {max(run[plain].mebibytes for run in runs):.0f} MiB",
        )


def _round(directory: Path, model: Path, number: int, progress: Callable[[str], None]) -> Mapping[str, _Run]:
    """One run of each command on a new server; the order alternates with the round."""
    runs = {}
    with _storage(directory) as environment:
        plain = [sys.executable, "-m", "benchmarks.registry_plain"]
        registry = [sys.executable, "-m", "registry"]
        commands = {
            "upload": [*plain, "upload", str(model)],
            "publish": [*registry, "publish", "large", str(model), "--description", f"{model}.yaml"],
            "download": [*plain, "download", str(model)],
            "verify": [*registry, "verify", "large@1"],
        }
        for pair in (("upload", "publish"), ("download", "verify")):
            for name in pair if number % 2 else reversed(pair):
                progress(f"{name}, round {number} of {ROUNDS}")
                runs[name] = _measured(commands[name], environment)
    return runs


def _measured(command: Sequence[str], environment: Mapping[str, str]) -> _Run:
    started = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return _Run(time.monotonic() - started, usage.ru_maxrss / 1024)


@contextmanager
def _storage(directory: Path) -> Iterator[Mapping[str, str]]:
    """Run a storage server with a bucket, and yield the environment of the registry's commands for it."""
    (port,) = free_ports(1)
    url = f"http://{LOOPBACK}:{port}"
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": url,
        "REGISTRY_URL": f"s3://{BUCKET}/benchmark",
        "REGISTRY_PRIVATE_KEY": str(directory / "signing.pem"),
        "REGISTRY_PUBLIC_KEY": str(directory / "signing.pub"),
    }
    make_signing_keys(directory / "signing.pem", directory / "signing.pub")
    command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=directory, stdout=quiet, stderr=quiet) as server:
        try:
            _make_bucket(url)
            yield environment
        finally:
            server.kill()


def _make_bucket(url: str) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",  # noqa: S106
    )
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
        except BotoCoreError:
            if time.monotonic() > deadline:
                raise
        else:
            return
