"""The store as a process on this machine, through which models are published."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox import processes
from inferencectl.sandbox.controllers.process import Controller, stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.live.store import REGION, Credentials, Store
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.sandbox.toolchain.toolchain import VERSITYGW, ensure_tool
from inferencectl.workspace.files import write_atomically

NAME = "model-store"
HEALTH_PATH = "/healthz"


@dataclass(frozen=True, kw_only=True)
class StoreProcess:
    """The server of `files` on the loopback interface; it belongs to the sandbox in `directory`, and ends with it."""

    directory: Path
    files: StoreFiles

    def ensure(self, progress: Callable[[str], None]) -> Store:
        """Returns the running store, started if it does not answer, and built first if it is not cached (two minutes).

        Raises SandboxError if it cannot be built, exits, or does not become ready.
        """
        program = ensure_tool(VERSITYGW, progress) / "versitygw"
        if store := self._running():
            return store
        progress("starting the store of models")
        (self.directory / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate, data = str(self.files.certificate), str(self.files.data)
        controller = Controller(
            name=NAME,
            directory=self.directory,
            port_count=1,
            command=lambda ports: (str(program), *arguments(f"{LOOPBACK}:{ports[0]}", certificate, data)),
            unready=lambda ports: self._unready(ports[0]),
            variables=environment(self.files.credentials),
        )
        (port,) = controller.start()
        write_atomically(self._port_file, str(port))
        return self._store(port)

    def stop(self) -> None:
        """Stops the process and keeps the files."""
        stop(NAME, self.directory)

    @property
    def _port_file(self) -> Path:
        return self.files.directory / "port"

    def _running(self) -> Store | None:
        runs = any(component.name == NAME for component in processes.running(self.directory))
        if not runs or not self._port_file.exists():
            return None
        port = int(self._port_file.read_text())
        return self._store(port) if self._unready(port) is None else None

    def _store(self, port: int) -> Store:
        return Store(
            endpoint=f"https://{LOOPBACK}:{port}",
            authority=self.files.certificate / "ca.crt",
            credentials=self.files.credentials,
        )

    def _unready(self, port: int) -> str | None:
        context = ssl.create_default_context(cafile=str(self.files.certificate / "ca.crt"))
        return http_unready(f"https://{LOOPBACK}:{port}{HEALTH_PATH}", context)


def arguments(address: str, certificate: str, data: str) -> Sequence[str]:
    """The arguments of a server at `address` of the `data` of a store, with the certificate in a folder.

    Paths are absolute, as the server changes its working directory. Its credentials are in its environment, which
    other users cannot see. Source: `versitygw --help` and `versitygw posix --help`.
    """
    return (
        f"--port={address}",
        f"--region={REGION}",
        f"--cert={certificate}/tls.crt",
        f"--key={certificate}/tls.key",
        f"--health={HEALTH_PATH}",
        "posix",
        data,
    )


def environment(credentials: Credentials) -> Mapping[str, str]:
    """The variables that a server takes its credentials from."""
    return {"ROOT_ACCESS_KEY_ID": credentials.access_key_id, "ROOT_SECRET_ACCESS_KEY": credentials.secret_access_key}
