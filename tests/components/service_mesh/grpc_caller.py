"""A caller of a mesh that speaks gRPC: a server that answers it, and the proxy of the caller's pod."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import yaml

from inferencectl.sandbox.ports import LOOPBACK, free_ports
from tests.components.service_mesh.istio_processes import Certificate

_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_TCP = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"


def _echo(messages: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
    return messages


class _Echo(grpc.GenericRpcHandler):
    """Answers each message of every call with itself, as soon as it comes."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:  # noqa: ARG002
        return grpc.stream_stream_rpc_method_handler(_echo)


@contextmanager
def echoing() -> Iterator[int]:
    """The port of a gRPC server without TLS, behind the proxy of its pod."""
    server = grpc.server(ThreadPoolExecutor(8), handlers=[_Echo()])
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None)


@contextmanager
def called_as(envoy: Path, certificate: Certificate, port: int, directory: Path) -> Iterator[grpc.Channel]:
    """A channel to `port` with a certificate of the mesh, whose names gRPC's own TLS does not know."""
    (own,) = free_ports(1)
    file = directory / "caller.yaml"
    file.write_text(yaml.safe_dump(_configuration(own, certificate, port)), encoding="utf-8")
    command = [str(envoy), "-c", str(file), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    with (directory / "caller.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        with grpc.insecure_channel(f"{LOOPBACK}:{own}") as channel:
            grpc.channel_ready_future(channel).result(20)
            yield channel
    finally:
        process.terminate()
        process.wait(20)


def _configuration(own: int, certificate: Certificate, port: int) -> dict[str, Any]:
    """Bytes are passed on as they are: what is in them is between the client and the other proxy."""
    file = {"filename": str(certificate.file)}
    tls = {
        "@type": _TLS,
        "common_tls_context": {
            "alpn_protocols": ["h2"],
            "tls_certificates": [{"certificate_chain": file, "private_key": file}],
            "validation_context": {"trusted_ca": {"filename": str(certificate.root)}},
        },
    }
    cluster = {
        "name": "model",
        "load_assignment": {
            "cluster_name": "model",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}],
        },
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": tls},
    }
    passing = {"@type": _TCP, "stat_prefix": "caller", "cluster": "model"}
    chain = {"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": passing}]}
    listener = {"name": "caller", "address": _address(own), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}
