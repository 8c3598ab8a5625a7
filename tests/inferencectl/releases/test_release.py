"""What a release is, which one a rollback goes back to, and what it writes down."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from inferencectl.releases.release import Release, Result, going_back_to, target, versions_of
from inferencectl.releases.rollback import shown_strategy
from settings import (
    BlueGreenRelease,
    Exposure,
    Header,
    HeaderRelease,
    MirrorRelease,
    Model,
    ProgressiveRelease,
    Rollout,
    Strategy,
    WeightsRelease,
)
from tests.components.models import model, version

RECREATE = Rollout(strategy=Strategy.RECREATE)


def served(*weights: tuple[int, int | None], **fields: Any) -> Model:
    exposed = {"exposure": Exposure.GATEWAY, **fields}
    versions = (version(number).model_copy(update={"weight": weight}) for number, weight in weights)
    return model(versions=tuple(versions), **exposed)


def released(number: int, of: Model, result: Result = Result.SUCCEEDED) -> Release:
    return Release(
        number=number,
        at="2026-11-28T12:00:00+00:00",
        by="kubernetes-admin",
        revision="unknown",
        result=result,
        rollout=of.rollout.strategy,
        versions=versions_of(of),
        release=of.release.keys,
    )


ONE, TWO, THREE = served((1, None)), served((2, None)), served((3, None))


def test_a_release_survives_its_record() -> None:
    release = released(1, served((1, 100), (2, 0), rollout=RECREATE), Result.FAILED)
    assert Release.from_data(json.loads(json.dumps(release.data))) == release


def test_a_release_is_of_the_settings_that_say_the_same_versions_and_weights() -> None:
    release = released(1, served((1, 90), (2, 10)))
    assert release.is_of(served((1, 90), (2, 10)))
    assert not release.is_of(served((1, 80), (2, 20)))


@pytest.mark.parametrize(
    ("releases", "now", "number"),
    [
        ([released(1, ONE), released(2, TWO)], TWO, 1),
        ([released(1, ONE), released(2, TWO, Result.FAILED)], TWO, 1),
        ([released(1, ONE), released(2, TWO, Result.UNFINISHED), released(3, THREE)], THREE, 1),
        ([released(1, ONE), released(2, TWO)], THREE, 2),
        ([released(1, ONE), released(2, TWO), released(3, ONE), released(4, TWO)], TWO, 3),
        ([released(1, ONE)], ONE, None),
        ([], ONE, None),
    ],
    ids=[
        "the one before",
        "after a failure",
        "not a killed one",
        "not deployed yet",
        "to and fro",
        "the only one",
        "none",
    ],
)
def test_the_release_to_go_back_to(releases: Sequence[Release], now: Model, number: int | None) -> None:
    found = target(releases, now, None)
    assert (found.number if found else None) == number


def test_a_release_can_be_named() -> None:
    releases = [released(1, ONE), released(2, TWO, Result.FAILED)]
    assert target(releases, ONE, 2) == releases[1]
    assert target(releases, ONE, 7) is None


def test_what_is_written_is_what_was_released() -> None:
    back = going_back_to(released(1, served((1, 90), (2, 10))), THREE)["versions"]
    assert [(each["version"], each["weight"]) for each in back] == [(1, 90), (2, 10)]
    assert going_back_to(released(1, ONE), TWO)["versions"][0].keys() == {"version", "storage", "sha256"}


def test_what_cannot_run_twice_stays_in_the_settings_and_stops() -> None:
    now = served((1, 0), (2, 100), rollout=RECREATE)
    for before in (served((1, None), rollout=RECREATE), served((1, 90), (3, 10))):
        back = going_back_to(released(1, before), now)
        assert [(each["version"], each["weight"]) for each in back["versions"]] == [(1, 100), (2, 0)]
        assert back["release"] == {"strategy": "weights"}


def test_the_way_back_from_a_progressive_release_is_by_weights_and_removes_nothing() -> None:
    begun = served((1, 100), release=ProgressiveRelease())
    now = served((1, 100), (2, 0), release=ProgressiveRelease(candidate=2))
    back = going_back_to(released(1, begun), now)
    assert [(each["version"], each["weight"]) for each in back["versions"]] == [(1, 100), (2, 0)]
    assert back["release"] == {"strategy": "weights"}


@pytest.mark.parametrize("candidate", [None, 2])
def test_the_way_back_to_a_progressive_release_is_by_weights(candidate: int | None) -> None:
    """A Canary that begins with a candidate is refused, and clients are not to wait for Flagger."""
    before = served((1, 100), (2, 0), release=ProgressiveRelease(candidate=candidate))
    back = going_back_to(released(1, before), THREE)
    assert [(each["version"], each["weight"]) for each in back["versions"]] == [(1, 100), (2, 0)]
    assert back["release"] == {"strategy": "weights"}


def test_a_change_of_strategy_candidate_or_percent_is_a_release() -> None:
    strategies = [MirrorRelease(candidate=2, percent=10), MirrorRelease(candidate=2, percent=20), BlueGreenRelease()]
    models = [served((1, 100), (2, 0), release=each) for each in (*strategies, WeightsRelease())]
    for number, one in enumerate(models):
        assert [released(1, one).is_of(other) for other in models] == [index == number for index in range(len(models))]


def test_the_strategy_comes_back_with_the_versions() -> None:
    mirrored = served((1, 100), (2, 0), release=MirrorRelease(candidate=2, percent=10))
    back = going_back_to(released(1, mirrored), THREE)
    assert back["release"] == {"strategy": "mirror", "candidate": 2, "percent": 10}
    assert going_back_to(released(1, THREE), mirrored)["release"] == {"strategy": "weights"}


def test_a_record_from_before_there_were_strategies_is_one_of_weights() -> None:
    data = {key: value for key, value in released(1, ONE).data.items() if key != "release"}
    assert Release.from_data(json.loads(json.dumps(data))).is_of(ONE)


def test_the_keys_of_a_release_in_json_tell_the_two_strategies_apart() -> None:
    mirrored = served((1, 100), (2, 0), release=MirrorRelease(candidate=2, percent=10))
    data = json.loads(json.dumps(released(1, mirrored).data))
    assert (data["rollout"], data["release"]["strategy"]) == ("surge", "mirror")
    assert "strategy" not in data


def test_a_record_that_calls_the_rollout_a_strategy_is_read() -> None:
    older = dict(released(1, served((1, 100), (2, 0), rollout=RECREATE)).data)
    older["strategy"] = older.pop("rollout")
    assert Release.from_data(json.loads(json.dumps(older))).rollout is Strategy.RECREATE


def test_a_strategy_is_shown_with_its_keys() -> None:
    assert shown_strategy(served((1, None)).release.keys) == "weights"
    assert shown_strategy(MirrorRelease(candidate=2, percent=10).keys) == "mirror, candidate 2, percent 10"
    header = HeaderRelease(candidate=2, header=Header(name="x-release", value="canary"))
    assert shown_strategy(header.keys) == "header, candidate 2, header"
