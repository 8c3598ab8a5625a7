"""What to verify: versions of models, and the addresses of their servers."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from verification.checks.validation import parse, parse_file
from verification.client.protocol import ServingProtocol

_REMEDY = 'write a list such as [{"model": "mnist", "version": 1, "rest": "http://mnist-v1:8501"}]'


@dataclass(frozen=True, kw_only=True, config=ConfigDict(strict=True, extra="forbid"))
class Target:
    """One version of one model: its server's addresses, at least one, and the file of its recorded prediction.

    ``protocol`` is what the server speaks at both addresses.
    """

    model: str
    version: int
    rest: str = ""
    grpc: str = ""
    expect: str = ""
    protocol: ServingProtocol = ServingProtocol.TENSORFLOW_SERVING

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if not self.addresses:
            raise ValueError("neither rest nor grpc")
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that are set."""
        return tuple(address for address in (self.rest, self.grpc) if address)


_TARGETS = TypeAdapter(Annotated[tuple[Target, ...], Field(min_length=1)])


def read_targets(content: str | bytes, source: str) -> tuple[Target, ...]:
    """Read a list of targets from JSON; errors call it ``source``.

    Raises:
        BadInputError: it is not a list of targets.
    """
    return parse(content, _TARGETS, source, _REMEDY)


def read_targets_file(path: Path) -> tuple[Target, ...]:
    """Read the file of targets at ``path``.

    Raises:
        BadInputError: the file cannot be read, or is not a list of targets.
    """
    return parse_file(path, _TARGETS, _REMEDY)
