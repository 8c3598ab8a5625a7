"""Release strategies in the stack file: the keys of each, and what is said about others."""

import pytest

from settings import (
    BlueGreenRelease,
    Header,
    HeaderRelease,
    MirrorRelease,
    ProgressiveRelease,
    Sticky,
    WeightsRelease,
    load,
)
from tests.settings.settings_release import BLUE_GREEN, BY_COOKIE, BY_HEADER, HEADER, MIRROR, loaded, refused
from tests.settings.settings_stack import edited

STRATEGIES = "weights, header, mirror, blue-green or progressive"
OWN_HEADER = "expected a header of your own, such as x-release"


def test_without_a_strategy_the_weights_decide() -> None:
    assert load("dev", edited({})).models[0].release == WeightsRelease()


@pytest.mark.parametrize(
    ("release", "weights", "meant"),
    [
        ({"strategy": "weights"}, (90, 10), WeightsRelease()),
        (BY_COOKIE, (90, 10), WeightsRelease(sticky=Sticky(cookie="release"))),
        (BY_HEADER, (90, 10), WeightsRelease(sticky=Sticky(header="x-version"))),
        (HEADER, (100, 0), HeaderRelease(candidate=2, header=Header(name="x-release", value="canary"))),
        (HEADER, (60, 0, 40), HeaderRelease(candidate=2, header=Header(name="x-release", value="canary"))),
        (MIRROR, (100, 0), MirrorRelease(candidate=2, percent=10)),
        (BLUE_GREEN, (100, 0), BlueGreenRelease()),
        (BLUE_GREEN, (100,), BlueGreenRelease()),
    ],
)
def test_each_strategy_is_five_lines(release: object, weights: tuple[int, ...], meant: object) -> None:
    model = loaded(release, weights)
    assert model.release == meant
    assert loaded(model.release.keys, weights).release == meant


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ({"strategy": "heder"}, [f".strategy: \"heder\"; expected {STRATEGIES}; did you mean 'header'?"]),
        ({"strategy": "canary"}, [f'.strategy: "canary"; expected {STRATEGIES}']),
        ({"strategy": 1}, [f".strategy: 1; expected {STRATEGIES}"]),
        ({"strategy": ["header"]}, [f".strategy: a list of 1; expected {STRATEGIES}"]),
        ({}, [f".strategy: missing; expected {STRATEGIES}"]),
        ("header", [': "header"; expected a mapping']),
        (None, [": null; expected a mapping"]),
        ({**BLUE_GREEN, "candidate": 2}, [".candidate: unknown key; known keys: strategy"]),
        ({**MIRROR, "percent": 0}, [".percent: 0; expected at least 1"]),
        ({**MIRROR, "percent": 101}, [".percent: 101; expected at most 100"]),
        ({**MIRROR, "percent": "10"}, ['.percent: "10"; expected a whole number; write it without quotes']),
        (
            {"strategy": "mirror", "candidate": 2},
            [
                (
                    ".percent: missing; expected share of the requests that the candidate gets a copy of; its pods "
                    "have that load"
                )
            ],
        ),
        (
            {"strategy": "header", "heder": HEADER["header"]},
            [
                ".candidate: missing; expected number of the version to try; its weight is 0",
                ".header: missing; expected header with which a request asks for the candidate",
                ".heder: unknown key; did you mean 'header'?",
            ],
        ),
        (
            {**HEADER, "header": {"name": "x release", "value": ""}},
            [
                (
                    '.header.name: "x release"; expected the name of an HTTP header, such as x-release: letters, '
                    "digits and - without blanks"
                ),
                '.header.value: ""; expected 1 to 256 printable ASCII characters, no blank at either end',
            ],
        ),
        (
            {**HEADER, "header": {"name": "Host", "value": True}},
            [
                f'.header.name: "Host"; {OWN_HEADER}, not one that clients, proxies or servers write themselves',
                ".header.value: true; expected text; write it in quotes",
            ],
        ),
        (
            {**HEADER, "header": {"name": "grpc-release", "value": "a\n"}},
            [
                f'.header.name: "grpc-release"; {OWN_HEADER}: gRPC keeps names that begin with grpc- for itself',
                '.header.value: "a\\n"; expected 1 to 256 printable ASCII characters, no blank at either end',
            ],
        ),
        (
            {"strategy": "weights", "sticky": {"header": "x-release-bin"}},
            [
                (
                    '.sticky.header: "x-release-bin"; expected a header of text, such as x-release: gRPC encodes those '
                    "whose name ends in -bin"
                )
            ],
        ),
        (
            {"strategy": "weights", "sticky": {}},
            [".sticky: missing; expected cookie or header; such as {cookie: release}"],
        ),
        (
            {"strategy": "weights", "sticky": {"cookie": "a", "header": "b"}},
            [".sticky: cookie and header; expected one of them"],
        ),
        (
            {"strategy": "weights", "sticky": {"cookie": "a=b"}},
            ['.sticky.cookie: "a=b"; expected 1 to 64 letters, digits, - and _'],
        ),
    ],
)
def test_what_is_wrong_with_a_strategy_is_named_by_its_key(release: object, said: list[str]) -> None:
    assert refused(release) == [f".release{line}" for line in said]


def test_a_strategy_is_put_down_without_keys_that_have_their_default() -> None:
    """So that a default of a later program is not taken for another release."""
    assert ProgressiveRelease(candidate=2).keys == {"strategy": "progressive", "candidate": 2}
    assert WeightsRelease().keys == {"strategy": "weights"}
