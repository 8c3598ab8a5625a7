"""A client for model servers, and checks that a served version answers as it did when it was published."""

from verification.client.batching import BatchingClient
from verification.client.client import Client
from verification.client.errors import (
    BadInputError,
    DeadlineExceededError,
    RefusedError,
    ServingError,
    UnavailableError,
)
from verification.client.protocol import ServingProtocol
from verification.client.retry import Retry
from verification.client.tensors import Rows
from verification.client.transport import Signature, TensorForm, VersionStatus

__all__ = [
    "BadInputError",
    "BatchingClient",
    "Client",
    "DeadlineExceededError",
    "RefusedError",
    "Retry",
    "Rows",
    "ServingError",
    "ServingProtocol",
    "Signature",
    "TensorForm",
    "UnavailableError",
    "VersionStatus",
]
