"""Ports of the machine lead to ready pods alone, and end when either end does."""

import socket
import threading

from inferencectl.existing_cluster.port_forward import PodPort, join, ready_ports

SERVICE = {"spec": {"ports": [{"name": "http", "port": 80}, {"name": "grpc", "port": 81}]}}


def endpoint(name: str, kind: str = "Pod", *, ready: bool = True) -> dict[str, object]:
    return {"conditions": {"ready": ready}, "targetRef": {"kind": kind, "name": name}}


def test_only_ready_pods_behind_the_port_are_chosen_by_its_name() -> None:
    ports = [{"name": "grpc", "port": 8500}, {"name": "http", "port": 8501}]
    others = [endpoint("c", ready=False), endpoint("d", "Node"), {"conditions": {"ready": True}}, {}]
    slices = [
        {"ports": ports, "endpoints": [endpoint("b"), *others]},
        {"ports": ports, "endpoints": [endpoint("a")]},
        {"ports": None, "endpoints": None},
    ]
    assert ready_ports(SERVICE, 80, slices) == [PodPort(pod="a", port=8501), PodPort(pod="b", port=8501)]
    assert ready_ports(SERVICE, 81, slices) == [PodPort(pod="a", port=8500), PodPort(pod="b", port=8500)]
    assert ready_ports(SERVICE, 82, slices) == []


def test_both_ways_are_copied_until_one_end_is_done() -> None:
    client, here = socket.socketpair()
    there, server = socket.socketpair()
    joining = threading.Thread(target=join, args=(here, there))
    joining.start()
    client.sendall(b"question")
    assert server.recv(100) == b"question"
    server.sendall(b"answer")
    assert client.recv(100) == b"answer"
    server.close()
    assert client.recv(100) == b""
    joining.join(timeout=30)
    assert not joining.is_alive()
    for each in (client, here, there):
        each.close()
