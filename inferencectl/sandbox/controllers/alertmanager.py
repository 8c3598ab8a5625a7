"""Alertmanager, which groups, silences and delivers the alerts that a Prometheus sends it."""

from collections.abc import Callable
from pathlib import Path

from inferencectl.sandbox import processes
from inferencectl.sandbox.controllers.process import stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.launch import wait_for
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import ALERTMANAGER
from inferencectl.workspace.files import write_atomically

NAME = "alertmanager"


class Alertmanager:
    """An Alertmanager of its own, without peers; its address does not change while this object lives.

    Its configuration, which can hold secrets, and its data are below `directory`, in `controllers/alertmanager`.
    """

    def __init__(self, directory: Path) -> None:
        self._sandbox = directory
        self._directory = directory / "controllers" / NAME
        (self._port,) = free_ports(1)

    @property
    def address(self) -> str:
        """Host and port, as the configuration of Prometheus names them."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def url(self) -> str:
        """The base of its HTTP API."""
        return f"http://{self.address}"

    def start(self, configuration: str, progress: Callable[[str], None]) -> None:
        """Restarts Alertmanager on its existing data, building it first if it is not cached (about a minute).

        Raises SandboxError if it cannot be built, exits, or does not become ready.
        """
        program = toolchain.ensure_tool(ALERTMANAGER, progress) / "alertmanager"
        self.stop()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._directory / "alertmanager.yaml", configuration)
        command = (
            str(program),
            f"--config.file={self._directory / 'alertmanager.yaml'}",
            f"--storage.path={self._directory / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        )
        component = processes.start(NAME, command, self._sandbox)
        wait_for(lambda: http_unready(f"{self.url}/-/ready"), [component])

    def stop(self) -> None:
        """Stops Alertmanager and keeps its data."""
        stop(NAME, self._sandbox)
