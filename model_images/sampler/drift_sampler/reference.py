"""The reference distribution that is stored with a version: `assets.extra/reference_distribution.json`."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from drift_sampler.bins import Bins, Classes
from drift_sampler.errors import UnusableReferenceError

SCHEMA = 2
MOST_FEATURES, MOST_BINS, MOST_COUNTERS, MOST_BYTES = 4096, 100, 2**16, 4 * 2**20
"""What the sampler's memory is sized for."""
OTHERS = "others"
"""What the features are called together that have no series of their own."""


class Kind(StrEnum):
    """What a distribution is of."""

    INPUT = "input"
    PREDICTION = "prediction"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How often each bin occurred, of which the last counts missing values; ``feature`` is the input or output, with
    the position in it if it has several."""

    kind: Kind
    feature: str
    bins: Bins | Classes
    counts: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The distributions by what they are of; an input has one for each of its values."""

    inputs: Mapping[str, Sequence[Distribution]]
    output: str
    prediction: Distribution
    confidence: Distribution | None
    sha256: str

    @property
    def values(self) -> int:
        """How many values the inputs of one row have."""
        return sum(map(len, self.inputs.values()))

    @cached_property
    def all(self) -> Sequence[Distribution]:
        """All of them, in the order of the file."""
        of_inputs = [each for features in self.inputs.values() for each in features]
        return [*of_inputs, self.prediction, *([self.confidence] if self.confidence else [])]


def read_reference(file: Path) -> Reference:
    """The reference in a file, checked.

    Raises:
        UnusableReferenceError: there is none, or it is not what the sampler can use.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise UnusableReferenceError(f"{file}: more than {MOST_BYTES} bytes")
        return reference_of(json.loads(content), hashlib.sha256(content).hexdigest())
    except OSError as error:
        raise UnusableReferenceError(f"{file}: {error.strerror}; the version was published without it") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableReferenceError(f"{file}: {error!r}") from None


def reference_of(document: Mapping[str, Any], sha256: str) -> Reference:
    """The reference that a document describes; `docs/drift.md` has its form.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not of that form.
    """
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}, expected {SCHEMA}")
    inputs = {name: list(_features(name, each)) for name, each in document["inputs"].items()}
    if not 0 < sum(map(len, inputs.values())) <= MOST_FEATURES:
        raise ValueError(f"the inputs have {sum(map(len, inputs.values()))} values, expected 1 to {MOST_FEATURES}")
    counters = sum(len(each.counts) - 1 for features in inputs.values() for each in features)
    if counters > MOST_COUNTERS:
        raise ValueError(f"the inputs have {counters} bins, expected at most {MOST_COUNTERS}")
    names = [OTHERS, *(each.feature for features in inputs.values() for each in features)]
    if len(set(names)) < len(names):
        raise ValueError(f"expected inputs of different names, and none that is called {OTHERS!r}")
    predictions, confidence = document["predictions"], document.get("confidence", {})
    return Reference(
        inputs=inputs,
        output=str(predictions["output"]),
        prediction=_prediction(predictions),
        confidence=_binned(Kind.CONFIDENCE, "confidence", confidence["edges"], confidence["counts"])
        if "edges" in confidence
        else None,
        sha256=sha256,
    )


def _features(name: str, described: Mapping[str, Any]) -> Iterator[Distribution]:
    """One for each row of counts; a single input of one value has no position. Without ``missing``, no value was."""
    rows = described["counts"]
    missing = described.get("missing", [0] * len(rows))
    if len(missing) != len(rows):
        raise ValueError(f"{name}: {len(missing)} counts of missing values, expected {len(rows)}")
    for position, (counts, absent) in enumerate(zip(rows, missing, strict=True)):
        feature = name if len(rows) == 1 else f"{name}[{position}]"
        yield _binned(Kind.INPUT, feature, described["edges"], counts, absent)


def _prediction(described: Mapping[str, Any]) -> Distribution:
    """Of classes, unless it has edges: then of a number."""
    name, counts = str(described["output"]), described["counts"]
    if "edges" in described:
        return _binned(Kind.PREDICTION, name, described["edges"], counts)
    if not 1 < len(counts) <= MOST_BINS:
        raise ValueError(f"{len(counts)} classes, expected 2 to {MOST_BINS}")
    bins = Classes(count=len(counts))
    return Distribution(kind=Kind.PREDICTION, feature=name, bins=bins, counts=[*_counted(counts), 0])


def _binned(kind: Kind, feature: str, edges: Sequence[float], counts: Sequence[int], missing: int = 0) -> Distribution:
    increasing = all(low < high for low, high in pairwise(edges))
    if not 1 < len(edges) <= MOST_BINS or not increasing or len(counts) != len(edges) - 1:
        raise ValueError(f"{feature}: expected 2 to {MOST_BINS} increasing edges, and one count fewer")
    bins = Bins(edges=[float(edge) for edge in edges])
    *found, absent = _counted([*counts, missing])
    return Distribution(kind=kind, feature=feature, bins=bins, counts=[0, *found, 0, absent])


def _counted(counts: Sequence[int]) -> Sequence[int]:
    if not all(isinstance(count, int) and count >= 0 for count in counts) or not sum(counts):
        raise ValueError("expected counts, not all of which are 0")
    return list(counts)
