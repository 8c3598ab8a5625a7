"""A reference distribution that chance alone moves too far is refused before it is published, and known when locked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.drift_reference import REFERENCE, Compared, Noise, noise_of, require_comparable
from registry.errors import BAD_INPUT, RegistryError
from registry.locking import pinned
from tests.registry.models import Bench
from tests.registry.running import Finished

DEFAULT = Compared(rows=500, threshold=0.25)


def document(bins: int = 10, values: int = 1000, **changed: Any) -> dict[str, Any]:
    """One input, whose values are evenly in its bins, and two classes."""
    return {
        "schema": 2,
        "inputs": {"x": {"edges": list(range(bins + 1)), "counts": [[values // bins] * bins]}},
        "predictions": {"output": "y", "counts": [values // 2] * 2},
        **changed,
    }


def published(directory: Path, **changed: Any) -> Path:
    file = directory / REFERENCE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document(**changed)), encoding="utf-8")
    return directory


def noise(**changed: Any) -> tuple[Noise, ...]:
    return noise_of(json.dumps(document(**changed)).encode(), "reference")


def test_the_limit_is_that_of_the_chi_square_distribution() -> None:
    """Quantiles from tables, for 0.0005 each of two distributions: 9 degrees of freedom and 1."""
    (ten,) = noise()
    assert ten.chi == pytest.approx(29.67, rel=0.01)
    assert ten.values == 1000
    (two,) = noise(bins=2)
    assert 12.12 < two.chi < 1.1 * 12.12


def test_more_bins_fewer_values_and_more_distributions_are_noisier() -> None:
    index = noise()[0].index(500)
    assert noise(bins=20)[0].index(500) > index < noise(values=100)[0].index(500)
    several = {"x": {"edges": list(range(11)), "counts": [[100] * 10] * 64}}
    assert noise(inputs=several)[0].index(500) > index


def test_bins_that_are_empty_add_nothing_and_missing_values_are_a_bin() -> None:
    edges, filled = list(range(11)), [100] * 5
    empty = {"x": {"edges": edges, "counts": [[*filled, 0, 0, 0, 0, 0]]}}
    full = {"x": {"edges": edges[:6], "counts": [filled]}}
    assert noise(inputs=empty) == noise(inputs=full)
    missing = {"x": {**full["x"], "missing": [50]}}
    assert noise(inputs=missing)[0].chi > noise(inputs=full)[0].chi


def test_one_that_is_always_less_noisy_than_another_is_left_out() -> None:
    found = noise(inputs={"x": {"edges": [0, 1, 2], "counts": [[10, 10], [600, 600]]}}, predictions={"counts": [9] * 8})
    assert [(each.values) for each in found] == [72, 20]


def test_a_reference_that_is_as_documented_may_be_published_and_none_may(tmp_path: Path) -> None:
    require_comparable(tmp_path, DEFAULT)
    require_comparable(published(tmp_path), DEFAULT)


@pytest.mark.parametrize(("changed"), [{"bins": 60}, {"values": 60}])
def test_a_noisy_one_is_refused_with_the_file_the_index_and_the_remedy(tmp_path: Path, changed: dict[str, int]) -> None:
    with pytest.raises(RegistryError) as refused:
        require_comparable(published(tmp_path, **changed), DEFAULT)
    assert refused.value.exit_code == BAD_INPUT
    assert str(tmp_path / REFERENCE) in refused.value.message
    assert "too many bins or too few values: of windows of 500 rows" in refused.value.message
    assert "0.25 is the limit" in refused.value.message
    assert "--minimum-samples" in refused.value.remedy
    require_comparable(tmp_path, Compared(rows=5000, threshold=2))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"inputs": 3}, "AttributeError"),
        ({"inputs": {"x": {}}}, "KeyError('counts')"),
        ({"inputs": {"x": {"counts": [[0, 0]]}}}, "not all of which are 0"),
        ({"inputs": {"x": {"counts": [[1, -1]]}}}, "not all of which are 0"),
        ({"inputs": {"x": {"counts": [[1, 1]], "missing": []}}}, "0 counts of missing values"),
        ({"predictions": {}}, "KeyError('counts')"),
        ({"confidence": {"edges": [0, 1]}}, "KeyError('counts')"),
    ],
)
def test_what_is_no_reference_is_refused(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(RegistryError) as refused:
        require_comparable(published(tmp_path, **changed), DEFAULT)
    assert reason in refused.value.message
    (tmp_path / REFERENCE).write_text("[", encoding="utf-8")
    with pytest.raises(RegistryError, match="is not a reference distribution"):
        require_comparable(tmp_path, DEFAULT)


def test_the_lock_has_it_from_the_version_as_it_was_signed(bench: Bench) -> None:
    bench.publish()
    published(bench.directory)
    bench.publish()

    def drift(number: int) -> tuple[Noise, ...]:
        name = f"digits@{number}"
        return pinned(bench.store, bench.keys.public, [name], before)[name].drift

    before = dict(pinned(bench.store, bench.keys.public, ["digits@1", "digits@2"], {}))
    assert (drift(1), drift(2)) == ((), noise())
    bench.put(f"digits/2/{REFERENCE}", json.dumps(document(bins=2)).encode())
    with pytest.raises(RegistryError, match="was modified or removed"):
        drift(2)


def test_nothing_is_published_with_a_noisy_one(bench: Bench, run: Callable[..., Finished], described: Path) -> None:
    noisy = published(bench.directory, bins=60)
    arguments = ("publish", "digits", str(noisy), "--description", str(described))
    ran = run(*arguments)
    assert ran.returncode == BAD_INPUT
    assert ran.stderr.count("\n") == 1
    assert str(noisy / REFERENCE) in ran.stderr
    assert not bench.present("digits")
    assert run(*arguments, "--minimum-samples", "5000", "--psi-threshold", "0.5").returncode == 0
