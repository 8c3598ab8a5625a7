"""Model servers that run for real: the program of a package, started with what a runtime says of its server.

A container's folders become folders of the test, and its ports free ones on the loopback interface.
"""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from components.model_service.runtimes.server import CONFIGURATION_DIRECTORY, MODELS_DIRECTORY, Server
from inferencectl.sandbox.ports import free_ports
from settings import Version

STOP_SECONDS = 15  # what a pod leaves a server between the end of the drain and SIGKILL
_FOLDERS = re.compile(rf"(?<![\w/])({MODELS_DIRECTORY}|{CONFIGURATION_DIRECTORY})\b")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a server runs: folders below ``root``, and free ports in place of those that the server names."""

    root: Path
    server: Server
    ports: Mapping[int, int]

    @classmethod
    def of(cls, root: Path, server: Server, *others: int) -> "Place":
        """A place with the server's configuration; ``others`` are ports that only the pod itself reaches."""
        named = (server.http_port, server.grpc_port, server.metrics_port, *others)
        made = cls(root=root, server=server, ports=dict(zip(named, free_ports(len(named)), strict=True)))
        made._write_configuration()
        return made

    def moved(self, text: str) -> str:
        """``text`` with this place's folders and ports, bound to the loopback interface."""
        for port, free in self.ports.items():
            text = re.sub(rf"(?<=[=:]){port}\b", str(free), text)
        return _FOLDERS.sub(rf"{self.root}\1", text).replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - what is replaced

    def _write_configuration(self) -> None:
        """The files of a ConfigMap as a pod has them: links into a folder that is replaced as a whole."""
        mounted = Path(self.moved(self.server.configuration_directory))
        data = mounted / "..2026_01_01"
        data.mkdir(parents=True)
        (mounted / "..data").symlink_to(data.name)
        for name, text in self.server.files.items():
            (data / name).write_text(self.moved(text), encoding="utf-8")
            (mounted / name).symlink_to(f"..data/{name}")

    def version_folder(self, model: str, version: Version) -> Path:
        """The folder of a version, with what lies beside the model's own files."""
        folder = Path(self.moved(f"{MODELS_DIRECTORY}/{model}/{version.version}"))
        (folder / "assets.extra").mkdir(parents=True)
        for name in ("SHA256SUMS", "model.sig", "metadata.json", "assets.extra/verification.json"):
            (folder / name).write_text("{}", encoding="utf-8")
        return folder

    def url(self, port: int, path: str) -> str:
        """The address of a path at the port that stands for ``port``."""
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def metrics(self) -> str:
        """What a scraper is reported."""
        return asked(self.url(self.server.metrics_port, self.server.metrics_path))[1]

    def ready(self) -> bool:
        """What the kubelet takes from the readiness probe."""
        return self.succeeds(self.server.probes.readiness)

    def succeeds(self, probe: Any) -> bool:
        """Whether a probe over HTTP succeeds, as the kubelet sees it."""
        status, _ = asked(self.url(probe.http_get.port, probe.http_get.path))
        return 200 <= status < 400


def asked(url: str, body: object = None) -> tuple[int, str]:
    """Status and text that a URL answers, 0 where nobody listens; a body is sent as JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()
    except OSError:
        return 0, ""


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose output goes to ``log``; it and what it started have ended when the context ends."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, env=dict(environment), cwd=log.parent, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield started
        finally:
            _ended(started)


def _ended(leader: subprocess.Popen[bytes]) -> None:
    group = [*_members(leader.pid)]
    for member in group:
        with suppress(psutil.NoSuchProcess):
            member.terminate()
    leader.poll()
    _, left = psutil.wait_procs(group, STOP_SECONDS)
    for member in left:
        member.kill()
    leader.wait()


def _members(group: int) -> Iterator[psutil.Process]:
    """The processes of a session of ours, also those whose parents have ended."""
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(each.pid) == group:
                yield each
