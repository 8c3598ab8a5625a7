"""What REST and gRPC have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from verification.client.deadline import Deadline
from verification.client.tensors import Rows

AVAILABLE, NOT_READY = "AVAILABLE", "NOT READY"
DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True, kw_only=True)
class Servable:
    """A model of a server, and one of its versions; without one the server takes the newest."""

    model: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class VersionStatus:
    """What a server says of a version: its state, such as ``AVAILABLE`` or ``LOADING``, and its error."""

    version: int
    state: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.version} {self.state}" + (f" ({self.error})" if self.error else "")


@dataclass(frozen=True, kw_only=True)
class TensorForm:
    """An input or output: its type, in the protocol's words, and its shape, with -1 for any length and None for any."""

    data_type: str
    shape: tuple[int, ...] | None

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of ``shape`` has this form."""
        if self.shape is None:
            return True
        return len(shape) == len(self.shape) and all(
            mine in (-1, theirs) for mine, theirs in zip(self.shape, shape, strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a model can be asked: its inputs and outputs by name."""

    inputs: Mapping[str, TensorForm]
    outputs: Mapping[str, TensorForm]


class Transport(Protocol):
    """One attempt at each question to a server. Every method raises the errors of :class:`ServingError`."""

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """Every version of the model that the server knows."""
        ...

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """The signatures of the version, by name."""
        ...

    def predict(
        self, name: str, signature: Signature, inputs: Mapping[str, Rows], deadline: Deadline
    ) -> Mapping[str, Rows]:
        """The outputs by name for a batch of inputs by name, of the signature of that name."""
        ...

    def close(self) -> None:
        """Give back the connections."""
        ...
