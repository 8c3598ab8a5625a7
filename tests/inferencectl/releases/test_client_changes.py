"""What `preview` and `up` say in words: what clients get by the settings, and what they get now."""

from dataclasses import replace

import pytest

from inferencectl.releases.client_changes import client_changes
from inferencectl.releases.release import Release, Result
from settings import BlueGreenRelease, MirrorRelease, Model, load
from tests.inferencectl.releases.test_release import ONE, TWO, released, served
from tests.settings.settings_stack import edited

MIRRORED = served((1, 100), (2, 0), release=MirrorRelease(candidate=2, percent=10))
BLUE = served((1, 100), (2, 0), release=BlueGreenRelease())


def changes(now: Model, *releases: Release) -> tuple[str, ...]:
    platform = load("dev", edited({})).model_copy(update={"models": (now,)})
    return client_changes(platform, {now.name: releases})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            ONE,
            MIRRORED,
            (
                "mnist: all requests go to version 1; 10 % of the requests are mirrored to version 2 "
                "(before: all requests go to version 1)"
            ),
        ),
        (
            BLUE,
            served((1, 0), (2, 100), release=BlueGreenRelease()),
            (
                "mnist: all requests go to version 2; version 1 is ready to take over "
                "(before: all requests go to version 1; version 2 is ready to take over)"
            ),
        ),
        (
            served((1, 90), (2, 10)),
            served((1, 50), (2, 50)),
            (
                "mnist: 50 % of the requests go to version 1, 50 % to version 2 "
                "(before: 90 % of the requests go to version 1, 10 % to version 2)"
            ),
        ),
        (ONE, TWO, "mnist: all requests go to version 2 (before: all requests go to version 1)"),
    ],
)
def test_what_clients_get_is_said_beside_what_they_get_now(before: Model, after: Model, said: str) -> None:
    assert changes(after, released(1, before)) == (said,)
    # What failed was never for all clients.
    assert changes(after, released(1, before), released(2, after, Result.FAILED)) == (said,)


def test_nothing_is_said_where_clients_get_the_same() -> None:
    for each in (ONE, MIRRORED, BLUE):
        assert changes(each, released(1, each)) == ()
        assert changes(each) == ()


def test_a_record_of_another_program_is_still_told() -> None:
    later = replace(released(1, BLUE), release={"strategy": "shadow"})
    (said,) = changes(ONE, later)
    assert said.endswith("(before: strategy shadow with versions 1 (100 %), 2 (0 %))")
