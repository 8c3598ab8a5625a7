"""What a model server answers: a client for it, and whether it answers as its version did when it was published."""

from verification.batching import BatchingClient
from verification.client import Client
from verification.errors import BadInputError, DeadlineExceededError, RefusedError, ServingError, UnavailableError
from verification.protocol import ServingProtocol
from verification.retry import Retry
from verification.tensors import Rows
from verification.transport import Signature, TensorForm, VersionStatus

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
