"""A client of the live stack's model that comes in through the gateway, over REST and over gRPC."""

import json
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import grpc
from google.protobuf.unknown_fields import UnknownFieldSet

from inferencectl.live_load import MODEL, example_inputs
from inferencectl.live_stack import EXAMPLE_REQUEST
from inferencectl.load.result import Protocol
from inferencectl.load.tensor import Dialect, rest_path
from verification.client.open_inference.grpc import SERVICE
from verification.client.open_inference.messages_pb2 import ModelInferRequest, ModelInferResponse

SECONDS = 10
INFER = f"{SERVICE}/ModelInfer"
MODEL_VERSION_FIELD = 2
"""Of ModelInferResponse in open_inference_grpc.proto."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: the status of HTTP or of gRPC, the version that answered (as text), and the headers."""

    status: int
    version: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a client and the gateway agree on: versions of TLS and of HTTP."""

    tls: str | None
    application: str | None


@dataclass(frozen=True, kw_only=True)
class GatewayClient:
    """Asks for predictions at `address`, a port of this machine that leads to the gateway, as `host`."""

    address: str
    authority: Path
    host: str
    channel: grpc.Channel

    def ask(self, protocol: Protocol, headers: Mapping[str, str] | None = None, model: str = MODEL) -> Answer:
        """Ask a model for the example, with more headers."""
        if protocol is Protocol.REST:
            return self.rest(self.host, headers, rest_path(Dialect.OPEN_INFERENCE, model))
        return self._grpc(headers or {}, model)

    def rest(self, host: str, headers: Mapping[str, str] | None = None, path: str = "/") -> Answer:
        """Send the example over REST to a host name, on a connection of its own."""
        context = ssl.create_default_context(cafile=str(self.authority))
        with context.wrap_socket(self._connected(), server_hostname=host) as stream:
            connection = HTTPConnection(host, timeout=SECONDS)
            connection.sock = stream
            connection.request("POST", path, EXAMPLE_REQUEST.read_bytes(), dict(headers or {}))
            response = connection.getresponse()
            text = response.read()
            version = json.loads(text).get("model_version", "") if response.status == 200 else ""
            return Answer(status=response.status, version=version, headers=dict(response.getheaders()))

    def in_plaintext(self) -> bytes:
        """What the port answers to HTTP without TLS."""
        with self._connected() as stream:
            stream.sendall(f"GET / HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
            try:
                return stream.recv(1024)
            except ConnectionResetError:
                return b""

    def spoken(self, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Spoken:
        """What a client gets that knows no version of TLS after `newest`, and would rather have HTTP/2."""
        context = ssl.create_default_context(cafile=str(self.authority))
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(self._connected(), server_hostname=self.host) as stream:
            return Spoken(tls=stream.version(), application=stream.selected_alpn_protocol())

    def trusts_the_gateway(self) -> bool:
        """Whether the gateway shows a certificate of the client's authority."""
        try:
            return bool(self.spoken().tls)
        except ssl.SSLCertVerificationError:
            return False

    def _grpc(self, headers: Mapping[str, str], model: str) -> Answer:
        call = self.channel.unary_unary(
            INFER,
            request_serializer=ModelInferRequest.SerializeToString,
            response_deserializer=ModelInferResponse.FromString,
        )
        request = ModelInferRequest(model_name=model)
        for each in example_inputs(EXAMPLE_REQUEST):
            request.inputs.add(name=each.name, datatype="FP32", shape=each.shape)
            request.raw_input_contents.append(struct.pack(f"<{len(each.values)}f", *each.values))
        try:
            response, made = call.with_call(request, timeout=SECONDS, metadata=tuple(headers.items()))
        except grpc.RpcError as error:
            return Answer(status=error.code().value[0])
        answered = {name: str(value) for name, value in made.initial_metadata()}
        return Answer(status=0, version=_version_of(response), headers=answered)

    def _connected(self) -> socket.socket:
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=SECONDS)


@contextmanager
def gateway_client(address: str, authority: Path, host: str) -> Iterator[GatewayClient]:
    """A client whose connection over gRPC is kept for as long as the context lasts."""
    credentials = grpc.ssl_channel_credentials(authority.read_bytes())
    names = [("grpc.ssl_target_name_override", host), ("grpc.default_authority", host)]
    with grpc.secure_channel(address, credentials, names) as channel:
        yield GatewayClient(address=address, authority=authority, host=host, channel=channel)


def _version_of(response: ModelInferResponse) -> str:
    """The model's version, a field that the verification client does not read."""
    return next(each.data.decode() for each in UnknownFieldSet(response) if each.field_number == MODEL_VERSION_FIELD)
