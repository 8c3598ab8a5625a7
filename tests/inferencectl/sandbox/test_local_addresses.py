"""Ports of this machine that lead to Services: kept from one start to the next, and taken over by nobody."""

import json
import socket
from pathlib import Path

import pytest

from inferencectl.sandbox.local_addresses import LocalAddresses, ServicePort, chosen_ports
from inferencectl.sandbox.node.forward import targets
from inferencectl.sandbox.ports import LOOPBACK, free_ports

HTTP = ServicePort(service="digits", name="http", address="10.96.0.5", port=8000)
GRPC = ServicePort(service="digits", name="grpc", address="10.96.0.5", port=8001)


def test_a_port_stays_the_same_and_new_ones_are_free() -> None:
    kept = free_ports(1)[0]
    chosen = chosen_ports({"digits:http": kept, "gone:http": 1}, (HTTP, GRPC), is_running=False)
    assert chosen["digits:http"] == kept
    assert chosen.keys() == {"digits:http", "digits:grpc"}
    assert chosen["digits:grpc"] != kept


def test_a_port_that_another_program_took_meanwhile_is_replaced() -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert chosen_ports({"digits:http": taken}, (HTTP,), is_running=False)["digits:http"] != taken
        # Our own process listens there.
        assert chosen_ports({"digits:http": taken}, (HTTP,), is_running=True)["digits:http"] == taken


def test_nothing_is_known_while_nothing_is_forwarded(tmp_path: Path) -> None:
    (tmp_path / "local-addresses.json").write_text(json.dumps({"digits:http": 4000}))
    assert LocalAddresses(directory=tmp_path).known() == {}


def test_a_forwarding_is_named_by_port_and_target() -> None:
    assert targets(["4000=10.96.0.5:8000", "4001=10.96.0.5:8001"]) == {
        4000: ("10.96.0.5", 8000),
        4001: ("10.96.0.5", 8001),
    }
    with pytest.raises(ValueError, match="invalid literal"):
        targets(["here=10.96.0.5:8000"])
