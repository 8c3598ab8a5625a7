"""Calls over gRPC, whose errors are the client's own."""

import grpc

from verification.client.deadline import Deadline
from verification.client.errors import DeadlineExceededError, RefusedError, UnavailableError
from verification.client.wire.messages import MESSAGES, Message

# Repeating is this library's own business, so that attempts are counted once; and a lost server is looked for again
# soon, as a caller waits for it.
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

    def call(self, method: str, request: Message, answer: str, deadline: Deadline) -> Message:
        """The answer, a message of the name ``answer``.

        Raises:
            ServingError: there is none, or it is no.
        """
        call = self._channel.unary_unary(
            method,
            request_serializer=_serialized,
            response_deserializer=MESSAGES[answer].FromString,
        )
        try:
            return call(request, timeout=deadline.remaining())
        except grpc.RpcError as error:
            raise _told(error, method) from error

    def close(self) -> None:
        """Give back the connection."""
        self._channel.close()


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _told(error: grpc.RpcError, method: str) -> Exception:
    """The errors of gRPC as the client's own."""
    match error.code():
        case grpc.StatusCode.UNAVAILABLE:
            return UnavailableError(f"no answer: {error.details()}")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceededError("no answer within the deadline")
        case code:
            return RefusedError(f"{code.name} from {method}: {error.details()}")
