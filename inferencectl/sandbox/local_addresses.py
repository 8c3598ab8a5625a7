"""Where a client on this machine finds the Services of a stack: at ports of the loopback interface."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox import processes
from inferencectl.sandbox.controllers.process import STOP_SECONDS, stop
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.launch import wait_for
from inferencectl.sandbox.ports import LOOPBACK, free_ports, is_free
from inferencectl.workspace.files import write_atomically

NAME = "local-addresses"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class ServicePort:
    """A port of a Service; `address` is how the forwarding process finds it: its address within the cluster."""

    service: str
    name: str
    address: str
    port: int

    @property
    def key(self) -> str:
        """What its local port is remembered by: it stays the same when the Service is made anew."""
        return f"{self.service}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class LocalAddresses:
    """The local ports of the sandbox in `directory`, kept from one start to the next."""

    directory: Path

    def ensure(self, forwarder: Sequence[str], ports: Sequence[ServicePort]) -> Mapping[str, str]:
        """Makes each port reachable; returns `127.0.0.1:PORT` by the key of the port.

        `forwarder` is the module that forwards, with its arguments before those that name a port and where it leads.
        What leads to the same addresses as before is left running, with its connections.

        Raises SandboxError if the forwarding process does not start.
        """
        command = self._running_command()
        local = chosen_ports(self._remembered(), ports, is_running=command is not None)
        arguments = [*forwarder, *(f"{local[each.key]}={each.address}:{each.port}" for each in ports)]
        if command is None or command[-len(arguments) :] != arguments:
            self._restart(arguments, [local[each.key] for each in ports])
            write_atomically(self._file, json.dumps(local))
        return {each.key: f"{LOOPBACK}:{local[each.key]}" for each in ports}

    def known(self) -> Mapping[str, str]:
        """`127.0.0.1:PORT` by the key of the port, as last ensured; empty if nothing is forwarded now."""
        if self._running_command() is None:
            return {}
        return {key: f"{LOOPBACK}:{port}" for key, port in self._remembered().items()}

    @property
    def _file(self) -> Path:
        return self.directory / "local-addresses.json"

    def _remembered(self) -> dict[str, int]:
        try:
            return json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}

    def _running_command(self) -> list[str] | None:
        """The command line of the forwarding process; None if it does not run."""
        commands = (each.process.cmdline() for each in processes.running(self.directory) if each.name == NAME)
        return next(commands, None)

    def _restart(self, arguments: Sequence[str], ports: Sequence[int]) -> None:
        stop(NAME, self.directory)
        command = (sys.executable, "-m", *arguments)
        component = processes.start(NAME, command, self.directory, {"PYTHONPATH": str(ROOT)})
        try:
            wait_for(lambda: "it does not listen" if any(is_free(port) for port in ports) else None, [component])
        except BaseException:
            processes.stop(component, STOP_SECONDS)
            raise


def service_ports(kubectl: Kubectl, namespace: str) -> Sequence[ServicePort]:
    """The ports of every Service in `namespace` that has an address, by name; raises SandboxError."""
    items = json.loads(kubectl.run("get", "services", f"--namespace={namespace}", "--output=json"))["items"]
    return sorted(
        (
            ServicePort(
                service=item["metadata"]["name"],
                name=port.get("name", str(port["port"])),
                address=item["spec"]["clusterIP"],
                port=port["port"],
            )
            for item in items
            if item["spec"].get("clusterIP", "None") != "None"
            for port in item["spec"]["ports"]
        ),
        key=lambda each: each.key,
    )


def chosen_ports(remembered: Mapping[str, int], ports: Sequence[ServicePort], *, is_running: bool) -> dict[str, int]:
    """A local port for each, the remembered one unless another program has taken it meanwhile."""
    kept = {
        each.key: remembered[each.key]
        for each in ports
        if each.key in remembered and (is_running or is_free(remembered[each.key]))
    }
    missing = [each.key for each in ports if each.key not in kept]
    return {**kept, **dict(zip(missing, free_ports(len(missing)), strict=True))}
