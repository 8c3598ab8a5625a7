"""How the answers of an ensemble's members become one."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph_router.errors import failed
from graph_router.tensors import NUMBERS, Tensor, Tensors

Members = Sequence[tuple[str, Tensors]]
"""Answers by the name of who gave them, in the order of the settings."""


def joined(join: str, members: Members) -> Tensors:
    """One answer.

    Raises:
        RoutingError: the members' answers do not fit each other.
    """
    return _JOINS[join](members)


def _all(members: Members) -> Tensors:
    """Every tensor, called after its member: ``small.scores``."""
    return {f"{member}.{name}": each for member, tensors in members for name, each in tensors.items()}


def _mean(members: Members) -> Tensors:
    """Element by element; of integers, the mean is a floating-point number."""

    def mean(name: str, parts: Sequence[Tensor]) -> Tensor:
        if parts[0].datatype not in NUMBERS:
            raise failed(f"tensor '{name}' is of {parts[0].datatype}, of which there is no mean")
        try:
            data = [sum(each) / len(parts) for each in zip(*(part.data for part in parts), strict=True)]
        except OverflowError:
            data = [math.inf]
        if not all(map(math.isfinite, data)):
            raise failed(f"the mean of tensor '{name}' is not finite")
        return Tensor(parts[0].datatype if parts[0].is_float else "FP64", parts[0].shape, data)

    return _by_tensor(members, mean)


def _vote(members: Members) -> Tensors:
    """Element by element what most members say; of several, what the first of their members says."""

    def most(name: str, parts: Sequence[Tensor]) -> Tensor:
        del name
        data = [_winner(each) for each in zip(*(part.data for part in parts), strict=True)]
        return Tensor(parts[0].datatype, parts[0].shape, data)

    return _by_tensor(members, most)


def _winner(votes: Sequence[Any]) -> Any:  # noqa: ANN401 - an element
    return Counter(votes).most_common(1)[0][0]


def _by_tensor(members: Members, join: Callable[[str, Sequence[Tensor]], Tensor]) -> Tensors:
    (first, tensors), *others = members
    for member, found in others:
        if found.keys() != tensors.keys():
            raise failed(f"'{member}' answers other tensors than '{first}': {sorted(found)}, not {sorted(tensors)}")
        for name, each in found.items():
            own = tensors[name]
            if (each.datatype, [*each.shape]) != (own.datatype, [*own.shape]):
                raise failed(f"tensor '{name}' of '{member}' has another type or shape than that of '{first}'")
    return {name: join(name, [found[name] for _, found in members]) for name in tensors}


_JOINS: Mapping[str, Callable[[Members], Tensors]] = {"all": _all, "mean": _mean, "vote": _vote}
