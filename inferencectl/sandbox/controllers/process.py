"""The process of one controller: started on free ports, awaited, and stopped by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inferencectl.sandbox import processes
from inferencectl.sandbox.launch import PortLostError, wait_for
from inferencectl.sandbox.ports import free_ports

PORT_ATTEMPTS = 3
STOP_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Controller:
    """A program that runs against the cluster of the sandbox in `directory`.

    `command` returns its command line for `port_count` free ports, `unready` returns what is still missing once it
    runs on them (None if it is ready), and `variables` are its environment.
    """

    name: str
    directory: Path
    port_count: int
    command: Callable[[Sequence[int]], Sequence[str]]
    unready: Callable[[Sequence[int]], str | None]
    variables: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> Sequence[int]:
        """Restarts the program and returns its ports once it is ready.

        Raises SandboxError with the end of its log if it exits, or with what is missing if it is not ready after two
        minutes.
        """
        stop(self.name, self.directory)
        for _ in range(PORT_ATTEMPTS - 1):
            try:
                return self._start_on(free_ports(self.port_count))
            except PortLostError:
                continue
        return self._start_on(free_ports(self.port_count))

    def _start_on(self, ports: Sequence[int]) -> Sequence[int]:
        component = processes.start(self.name, self.command(ports), self.directory, self.variables)
        try:
            wait_for(lambda: self.unready(ports), [component])
        except BaseException:
            processes.stop(component, STOP_SECONDS)
            raise
        return ports


def stop(name: str, directory: Path) -> None:
    """Stops the process `name` of the sandbox in `directory`, if it is running."""
    for component in processes.running(directory):
        if component.name == name:
            processes.stop(component, STOP_SECONDS)
