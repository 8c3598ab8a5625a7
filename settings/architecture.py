"""Architectures of processors, and which of them all images of a pod have in common."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field


class Architecture(StrEnum):
    """An architecture, as the label `kubernetes.io/arch` of nodes names it."""

    AMD64 = "amd64"
    ARM64 = "arm64"


Architectures = Annotated[tuple[Architecture, ...], Field(min_length=1)]


def common(images: Iterable[Iterable[str]]) -> tuple[Architecture, ...]:
    """The architectures that each of some images is built for, in a fixed order."""
    built: Sequence[frozenset[str]] = [frozenset(each) for each in images]
    return tuple(each for each in Architecture if all(each in architectures for architectures in built))
