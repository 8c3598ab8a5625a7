"""An in-memory S3 server for the demonstration, on the loopback interface."""

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from inferencectl.sandbox.controllers.process import Controller, http_unready, stop
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

BUCKET = "models"
_NAME = "object-storage"
_ANSWER_SECONDS = 30


@contextmanager
def object_storage(directory: Path) -> Iterator[str]:
    """Yields the address of a server with an empty bucket and stops it at exit; its log is in `directory`.

    Raises:
        SandboxError: moto, which the tests require and the platform does not, is not installed, or does not start.
    """
    if find_spec("moto") is None:
        raise SandboxError(
            "moto, the S3 server of the tests, is not installed", "run: make demo-model", exit_code=BAD_INPUT
        )

    server = Controller(
        name=_NAME,
        directory=directory,
        port_count=1,
        command=lambda ports: (sys.executable, "-m", "moto.server", "--host", LOOPBACK, "--port", str(ports[0])),
        unready=lambda ports: http_unready(f"http://{LOOPBACK}:{ports[0]}/moto-api/"),
    )
    (directory / "logs").mkdir(parents=True)
    try:
        (port,) = server.start()
        url = f"http://{LOOPBACK}:{port}"
        _make_bucket(url)
        yield url
    finally:
        stop(_NAME, directory)


def _make_bucket(url: str) -> None:
    request = urllib.request.Request(f"{url}/{BUCKET}", method="PUT")  # noqa: S310 - the address is our own
    # Ignores the proxy of the caller's environment: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_ANSWER_SECONDS):
        pass
