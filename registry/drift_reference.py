"""How far chance alone takes the index of drift of a version: what its reference distribution is good for.

Of two samples of the same distribution, in B bins and of n and m values, the population stability index is about
(1/n + 1/m) times a value of the χ² distribution with B - 1 degrees of freedom.

Source: Yurdakul, "Statistical properties of population stability index", 2018.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Any

from pydantic import Field

from registry.documents import Document
from registry.errors import bad_input

REFERENCE = "assets.extra/reference_distribution.json"
FALSE_ALARMS = 0.001
"""Share of the windows in which chance may take any of the distributions above the limit."""


class Noise(Document):
    """What limits the comparison with a distribution: with n rows, chance takes it to chi (1/n + 1/values)."""

    chi: Annotated[float, Field(gt=0)]
    values: Annotated[int, Field(ge=1)]

    def index(self, rows: int) -> float:
        """The index that chance alone reaches in a window of so many rows."""
        return self.chi * (1 / rows + 1 / self.values)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a stack compares with a reference: that many rows at least, and what it takes for drift."""

    rows: int
    threshold: float


def noise_of(content: bytes, place: str) -> tuple[Noise, ...]:
    """The noise of the distributions in a reference, without those that another is noisier than with any rows.

    Raises:
        RegistryError: the content, which ``place`` names, is not a reference.
    """
    distributions = _distributions(content, place)
    found = {(_chi(len(distributions), sum(map(bool, counts))), sum(counts)) for counts in distributions}
    noisiest = [
        (chi, values)
        for chi, values in sorted(found, reverse=True)
        if not any(other != (chi, values) and other[0] >= chi and other[1] <= values for other in found)
    ]
    return tuple(Noise(chi=round(chi, 3), values=values) for chi, values in noisiest)


def require_comparable(directory: Path, compared: Compared) -> None:
    """Check that chance alone seldom takes a distribution above what is taken for drift, before a model is published.

    Raises:
        RegistryError: it would in more than `FALSE_ALARMS` of the windows; or the model has a reference that is none.
    """
    place = directory / REFERENCE
    if not place.is_file():
        return
    index = max(each.index(compared.rows) for each in noise_of(place.read_bytes(), str(place)))
    if index > compared.threshold:
        raise bad_input(
            f"{place}: too many bins or too few values: of windows of {compared.rows} rows, chance alone takes the "
            f"index of drift to {index:.2f} in one of {1 / FALSE_ALARMS:,.0f}, and {compared.threshold:g} is the limit",
            "merge bins or count more values; or name with --minimum-samples and --psi-threshold what the stacks that "
            "sample the model have",
        )


def _distributions(content: bytes, place: str) -> Sequence[Sequence[int]]:
    try:
        return [_counted(counts) for counts in _counts(json.loads(content))]
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise bad_input(
            f"{place} is not a reference distribution: {error!r}", "see docs/drift.md for its form, or leave it out"
        ) from None


def _counts(document: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    for name, each in document["inputs"].items():
        missing = each.get("missing", [0] * len(each["counts"]))
        if len(missing) != len(each["counts"]):
            raise ValueError(f"{name}: {len(missing)} counts of missing values, expected {len(each['counts'])}")
        yield from ([*counts, absent] for counts, absent in zip(each["counts"], missing, strict=True))
    yield document["predictions"]["counts"]
    if "edges" in document.get("confidence", {}):
        yield document["confidence"]["counts"]


def _counted(counts: Sequence[Any]) -> Sequence[int]:
    if not all(isinstance(count, int) and count >= 0 for count in counts) or not sum(counts):
        raise ValueError("expected counts, not all of which are 0")
    return counts


def _chi(distributions: int, bins: int) -> float:
    """What the χ² distribution of each of so many, with so many bins, exceeds as seldom as all of them together may.

    Wilson and Hilferty, "The distribution of chi-square", 1931: of few bins somewhat more than it is.
    """
    freedom = max(bins - 1, 1)
    normal = NormalDist().inv_cdf(1 - FALSE_ALARMS / distributions)
    return freedom * (1 - 2 / (9 * freedom) + normal * sqrt(2 / (9 * freedom))) ** 3
