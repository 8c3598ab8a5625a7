"""The interface that all protocols share, over REST and gRPC."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from verification.client.deadline import Deadline
from verification.client.tensors import Rows

AVAILABLE, NOT_READY = "AVAILABLE", "NOT READY"
DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True, kw_only=True)
class Servable:
    """A model and one of its versions; without a version the server uses the latest."""

    model: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class VersionStatus:
    """What a server reports about a version: its state, such as ``AVAILABLE`` or ``LOADING``, and its error."""

    version: int
    state: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.version} {self.state}" + (f" ({self.error})" if self.error else "")


@dataclass(frozen=True, kw_only=True)
class TensorForm:
    """An input or output: its type, as the protocol names it, and its shape.

    A dimension of -1 has any length; a shape of None is unknown and fits every tensor.
    """

    data_type: str
    shape: tuple[int, ...] | None

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of ``shape`` has this form."""
        if self.shape is None:
            return True
        return len(shape) == len(self.shape) and all(
            expected in (-1, actual) for expected, actual in zip(self.shape, shape, strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class Signature:
    """The inputs and outputs of a model, by name."""

    inputs: Mapping[str, TensorForm]
    outputs: Mapping[str, TensorForm]


class Transport(Protocol):
    """One server, asked without retries. Every method raises :class:`ServingError`."""

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """Every version of the model that the server knows."""
        ...

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """The signatures of the version, by name."""
        ...

    def predict(
        self, name: str, signature: Signature, inputs: Mapping[str, Rows], deadline: Deadline
    ) -> Mapping[str, Rows]:
        """The outputs of signature ``name`` for a batch of inputs; both are keyed by the tensors' names."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
