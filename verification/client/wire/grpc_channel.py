"""Calls over gRPC that raise the client's own errors."""

from typing import TypeVar

import grpc
from google.protobuf.message import Message

from verification.client.deadline import Deadline
from verification.client.errors import DeadlineExceededError, RefusedError, ServingError, UnavailableError

Response = TypeVar("Response", bound=Message)

# The client retries by itself, so gRPC's own retries are off and every attempt counts once. It reconnects sooner than
# gRPC would by default, since a caller is waiting.
_OPTIONS = (
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)


class GrpcChannel:
    """The connection to one server at ``address``, a host and a port."""

    def __init__(self, address: str, *, encrypted: bool) -> None:
        self._channel = (
            grpc.secure_channel(address, grpc.ssl_channel_credentials(), _OPTIONS)
            if encrypted
            else grpc.insecure_channel(address, _OPTIONS)
        )

    def call(self, method: str, request: Message, response: type[Response], deadline: Deadline) -> Response:
        """The response to one call of ``method``, parsed as a message of the type ``response``.

        Raises:
            ServingError: the call failed.
        """
        call = self._channel.unary_unary(
            method, request_serializer=_serialized, response_deserializer=response.FromString
        )
        try:
            return call(request, timeout=deadline.remaining())
        except grpc.RpcError as error:
            raise _serving_error(error, method) from error

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _serving_error(error: grpc.RpcError, method: str) -> ServingError:
    """The client's own error for an error of gRPC."""
    match error.code():
        case grpc.StatusCode.UNAVAILABLE:
            return UnavailableError(f"no response: {error.details()}")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceededError("no response within the deadline")
        case code:
            return RefusedError(f"{code.name} from {method}: {error.details()}")
