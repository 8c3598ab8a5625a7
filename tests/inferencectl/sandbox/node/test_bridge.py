"""The bridge between the network of the machine and that of a node: both ways, and gone with the node."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from inferencectl.sandbox.node import addresses, bridge
from inferencectl.sandbox.node.bridge import Network
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from tests.waiting import soon

ROOT = Path(__file__).parents[4]
SECONDS = 10


@pytest.mark.parametrize(
    ("request_head", "target"),
    [
        (b"CONNECT 10.245.0.2:10250 HTTP/1.1\r\nHost: x\r\n\r\n", ("10.245.0.2", 10250)),
        (b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n", ("::1", 443)),
        (b"CONNECT localhost:6443 HTTP/1.1\r\n\r\n", ("localhost", 6443)),
    ],
)
def test_where_a_request_leads(request_head: bytes, target: tuple[str, int]) -> None:
    assert bridge.target(request_head) == target


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\n\r\n", b"CONNECT nowhere HTTP/1.1\r\n\r\n", b"CONNECT a:b HTTP/1.1\r\n"]
)
def test_another_request_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        bridge.target(head)


@pytest.mark.parametrize(
    ("host", "is_of_the_machine"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.96.0.1", False), ("172.30.0.1", False)],
)
def test_loopback_and_names_are_of_the_machine(host: str, is_of_the_machine: bool) -> None:
    assert bridge.is_of_the_machine(host) is is_of_the_machine


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A network namespace with the node's address, and a bridge to it; `first` is the process that it belongs to."""

    first: "subprocess.Popen[bytes]"
    bridge: "subprocess.Popen[bytes]"
    path: Path
    api_port: int

    def ask(self, host: str, port: int) -> bytes:
        """What comes back by the bridge's socket: its own answer, then that of the server."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(str(self.path))
            connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.fixture
def joined(node_root: Path, tmp_path: Path) -> Iterator[Joined]:
    (api_port,) = free_ports(1)
    path = tmp_path / "bridge.sock"
    address = f"ip link set lo up && ip address add {addresses.NODE_ADDRESS}/24 dev lo && exec sleep 600"
    first = subprocess.Popen(["unshare", "--net", "chroot", str(node_root), "sh", "-c", address])
    soon(lambda: Path(f"/proc/{first.pid}/comm").read_text() == "sleep\n", "the network is made")
    command = [sys.executable, "-m", "inferencectl.sandbox.node.bridge", str(first.pid), str(path), str(api_port)]
    with first, subprocess.Popen(command, cwd=ROOT) as process:
        try:
            soon(path.exists, "the bridge listens")
            yield Joined(first=first, bridge=process, path=path, api_port=api_port)
        finally:
            first.kill()
            process.kill()


@contextmanager
def _serving(listener: socket.socket, answer: bytes) -> Iterator[None]:
    """Answers each connection with `answer` and ends it."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.real_node
def test_the_api_server_reaches_the_node_and_the_machine(joined: Joined) -> None:
    with Network(joined.first.pid).entered():
        there = socket.create_server((addresses.NODE_ADDRESS, 0))
    here = socket.create_server((LOOPBACK, 0))
    ports = there.getsockname()[1], here.getsockname()[1]
    with _serving(there, b"of the node"), _serving(here, b"of the machine"):
        assert joined.ask(addresses.NODE_ADDRESS, ports[0]) == b"HTTP/1.1 200 OK\r\n\r\nof the node"
        assert joined.ask(LOOPBACK, ports[1]) == b"HTTP/1.1 200 OK\r\n\r\nof the machine"
        assert joined.ask("localhost", ports[1]) == b"HTTP/1.1 200 OK\r\n\r\nof the machine"
    assert joined.ask(addresses.NODE_ADDRESS, ports[0]).startswith(b"HTTP/1.1 502 ")


@pytest.mark.real_node
def test_the_node_reaches_the_api_server_as_soon_as_it_is_there(joined: Joined) -> None:
    def ask() -> bytes:
        with Network(joined.first.pid).entered():
            connection = socket.create_connection((addresses.NODE_ADDRESS, addresses.API_PORT), SECONDS)
        with connection:
            return b"".join(iter(lambda: connection.recv(4096), b""))

    assert ask() == b""
    api = socket.create_server((LOOPBACK, joined.api_port))
    # Longer than what any buffer on the way takes at once.
    answer = b"0123456789" * 200_000
    with _serving(api, answer):
        assert ask() == answer


@pytest.mark.real_node
def test_only_the_user_of_the_sandbox_may_ask(joined: Joined) -> None:
    assert joined.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.real_node
def test_the_bridge_ends_with_the_node_so_that_nothing_keeps_its_network(joined: Joined) -> None:
    joined.first.kill()
    assert joined.bridge.wait(SECONDS) == 0
