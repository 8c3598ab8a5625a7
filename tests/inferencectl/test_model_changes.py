"""What is said of names that mean another version than before."""

import pytest

from inferencectl.model_changes import changes_of
from settings import Pin, Pins

NAME = "digits@stable"


def pins(**versions: int) -> Pins:
    """Pins of the versions by label; the accuracy of a version is as many thousandths above 0.98."""
    return Pins("dev", {f"digits@{label}": pin(version) for label, version in versions.items()})


def pin(version: int, **metrics: float) -> Pin:
    metrics = metrics or {"accuracy": 0.98 + version / 1000}
    storage = f"s3://models/digits/{version}"
    return Pin(version=version, storage=storage, sha256="ab" * 32, size_bytes=1, metrics=metrics)


def reported(now: Pins, pinned: Pins, deployed: Pins | None = None) -> list[str]:
    return list(map(str, changes_of(names=now.by_name, now=now, pinned=pinned, deployed=deployed)))


UP = "digits: 3 → 4 (accuracy 0.983 → 0.984) by digits@stable"


@pytest.mark.parametrize(
    ("now", "pinned", "deployed", "lines"),
    [
        (pins(stable=4), pins(stable=3), None, [UP]),
        (pins(stable=4), pins(stable=3), pins(stable=3), [UP]),
        (pins(stable=4), pins(stable=4), pins(stable=3), [f"{UP}, as already pinned in models.lock"]),
        (pins(stable=4), pins(stable=3), pins(stable=4), [f"{UP} in models.lock; already deployed"]),
        (pins(stable=3), pins(stable=4), None, ["digits: 4 → 3 (accuracy 0.984 → 0.983) by digits@stable"]),
        (pins(stable=4), pins(), None, ["digits: none → 4 (accuracy 0.984) by digits@stable"]),
        (pins(), pins(stable=4), None, ["digits: 4 → none (accuracy 0.984) by digits@stable"]),
        (
            pins(),
            pins(),
            pins(stable=4),
            ["digits: 4 → none (accuracy 0.984) by digits@stable"],
        ),
        (pins(stable=4), pins(stable=4), None, []),
        (pins(stable=4), pins(stable=4), pins(stable=4), []),
    ],
)
def test_a_change_is_reported_against_what_is_deployed_and_what_was_pinned(
    now: Pins, pinned: Pins, deployed: Pins | None, lines: list[str]
) -> None:
    assert reported(now, pinned, deployed) == lines


def test_each_name_has_a_line_of_its_own() -> None:
    lines = reported(pins(stable=4, canary=5), pins(stable=3, canary=4))
    assert [line.rpartition(" by ")[2] for line in lines] == ["digits@canary", "digits@stable"]


def test_metrics_are_those_of_the_version_to_come() -> None:
    before = Pins("dev", {NAME: pin(3, accuracy=0.981, loss=0.2)})
    now = Pins("dev", {NAME: pin(4, accuracy=0.981, recall=0.9)})
    assert reported(now, before) == ["digits: 3 → 4 (accuracy 0.981, recall 0.9) by digits@stable"]


def test_machines_get_both_pins() -> None:
    (change,) = changes_of(names=[NAME], now=pins(stable=4), pinned=pins(), deployed=None)
    data = change.as_data
    assert (data["name"], data["before"], data["text"]) == (NAME, None, str(change))
    assert data["after"] == pin(4).model_dump(by_alias=True)
