"""What a release strategy asks of its model, and what it makes of it in words."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from settings import BlueGreenRelease, load
from settings.consistency.exposure import ROUTE_RULES
from settings.loading.shape import tags_at
from tests.settings.settings_release import BLUE_GREEN, BY_COOKIE, BY_HEADER, HEADER, MIRROR, edits, loaded, refused
from tests.settings.settings_stack import MNIST, ROOT, edited, problems

STRATEGY = ".release.strategy"
NOT_THERE = (
    ".release.candidate: 12, which is not among the versions; expected the number of a version: 1 or 2; "
    "did you mean '2'?"
)
GATEWAY_ONLY = "expected exposure gateway, whose route tells requests apart, or strategy weights or blue-green"
SURGE_ONLY = "expected surge, because several versions have pods at the same time, or release.strategy weights"
WHOLE = "expected one weight of 100 and the others 0, because all clients change together"
RECREATE = {"strategy": "recreate"}


@pytest.mark.parametrize(
    ("release", "weights", "fields", "said"),
    [
        ({**HEADER, "candidate": 12}, (100, 0), {}, [NOT_THERE]),
        ({**MIRROR, "candidate": 12}, (100, 0), {}, [NOT_THERE]),
        (
            MIRROR,
            (90, 10),
            {},
            [
                (
                    ".versions[1].weight: 10 for the candidate; expected 0, because the strategy decides which "
                    "requests a candidate gets; give its share to the other versions"
                )
            ],
        ),
        (HEADER, (100, 0), {"exposure": "ingress"}, [f"{STRATEGY}: header with exposure ingress; {GATEWAY_ONLY}"]),
        (
            MIRROR,
            (100, 0),
            {"exposure": "cluster-ip"},
            [f"{STRATEGY}: mirror with exposure cluster-ip; {GATEWAY_ONLY}"],
        ),
        (
            HEADER,
            (100, 0),
            {"rollout": RECREATE},
            [f".rollout.strategy: recreate with release.strategy header; {SURGE_ONLY}"],
        ),
        (
            BLUE_GREEN,
            (100, 0),
            {"rollout": RECREATE},
            [f".rollout.strategy: recreate with release.strategy blue-green; {SURGE_ONLY}"],
        ),
        (BLUE_GREEN, (90, 10), {}, [f".versions: weights 90, 10 with release.strategy blue-green; {WHOLE}"]),
        (BLUE_GREEN, (90, 20), {}, [".versions: weights 90 + 20 = 110; expected weights that sum to 100"]),
        (
            BY_COOKIE,
            (100,),
            {},
            [".release.sticky: has no effect with one version; expected several versions, or none"],
        ),
        (
            BY_HEADER,
            (100, 0),
            {"exposure": "cluster-ip"},
            [
                (
                    ".release.sticky: has no effect with exposure cluster-ip; expected no sticky, or exposure gateway, "
                    "whose route tells clients apart"
                )
            ],
        ),
        (
            {**MIRROR, "candidate": 12},
            (90, 20),
            {"exposure": "cluster-ip", "rollout": RECREATE},
            [
                ".versions: weights 90 + 20 = 110; expected weights that sum to 100",
                f"{STRATEGY}: mirror with exposure cluster-ip; {GATEWAY_ONLY}",
                f".rollout.strategy: recreate with release.strategy mirror; {SURGE_ONLY}",
                NOT_THERE,
            ],
        ),
    ],
)
def test_what_a_strategy_lacks_in_its_model_is_said_all_at_once(
    release: object, weights: tuple[int, ...], fields: Mapping[str, Any], said: list[str]
) -> None:
    if fields.get("exposure") == "ingress":
        fields = {**fields, "hostname": "mnist.example"}
        with_ingress = {
            **edits(release, weights, **fields),
            "ingress": {"namespace": "ingress", "hostname": "x.example"},
        }
        assert problems(with_ingress) == [f"{MNIST}{line}" for line in said]
    else:
        assert refused(release, weights, **fields) == said


@pytest.mark.parametrize("exposure", ["cluster-ip", "gateway"])
def test_blue_green_is_for_every_exposure(exposure: str) -> None:
    assert loaded(BLUE_GREEN, (0, 100), exposure=exposure).release == BlueGreenRelease()


def test_recreate_goes_with_weights() -> None:
    assert loaded({"strategy": "weights"}, (0, 100), rollout=RECREATE).running[0].version == 2


def test_a_route_has_room_for_the_clients_of_seven_versions() -> None:
    room = {"quota": {"cpu": 400, "memory": "2Ti", "pods": 400}}
    seven, eight = (40, *[10] * 6), (30, *[10] * 7)
    load("dev", edited(edits(BY_COOKIE, seven) | room))
    assert problems(edits(BY_COOKIE, eight) | room) == [
        (
            f"{MNIST}.release: 18 rules of an HTTPRoute; expected at most {ROUTE_RULES}, as in the Gateway API; "
            "give fewer versions a weight above 0"
        )
    ]
    load("dev", edited(edits(BY_COOKIE, (*seven, 0)) | room))


@pytest.mark.parametrize(
    ("release", "weights", "said"),
    [
        ({"strategy": "weights"}, (100,), "all requests go to version 1"),
        ({"strategy": "weights"}, (90, 10), "90 % of the requests go to version 1, 10 % to version 2"),
        (
            BY_COOKIE,
            (90, 10),
            (
                "90 % of the requests go to version 1, 10 % to version 2; a client stays with its version by the "
                "cookie release"
            ),
        ),
        (HEADER, (100, 0), "all requests go to version 1; those with x-release: canary go to version 2 instead"),
        (MIRROR, (100, 0), "all requests go to version 1; 10 % of the requests are mirrored to version 2"),
        (BLUE_GREEN, (100, 0), "all requests go to version 1; version 2 is ready to take over"),
        (BLUE_GREEN, (0, 0, 100), "all requests go to version 3; version 1 or 2 is ready to take over"),
    ],
)
def test_what_clients_get_in_words(release: object, weights: tuple[int, ...], said: str) -> None:
    model = loaded(release, weights)
    assert model.release.told(model.versions) == said


def test_a_mirrors_candidate_counts_like_any_version() -> None:
    """Its pods have the copies to answer, so neither the quota nor the price leaves it out."""
    assert len(loaded(MIRROR).running) == 2


PAGE = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^### `([a-z-]+)`\n\n```yaml\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("strategy", "lines"), EXAMPLES, ids=[strategy for strategy, _ in EXAMPLES])
def test_the_lines_of_the_page_are_settings(strategy: str, lines: str) -> None:
    keys = yaml.safe_load(lines.replace("…", f"storage: s3://models/mnist/1, sha256: {'ab' * 32}"))
    assert len(lines.splitlines()) <= 5
    metrics = {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}
    edits_of_page = {f"models.0.{key}": value for key, value in keys.items()}
    model = load("dev", edited({"autoscaling": metrics, **edits_of_page})).models[0]
    assert model.release.name == strategy


def test_the_page_has_every_strategy_and_a_row_for_each() -> None:
    assert {strategy for strategy, _ in EXAMPLES} == set(tags_at(("models", 0, "release")))
    assert set(re.findall(r"\[`([a-z-]+)`\]\(#\1\)", PAGE)) == {strategy for strategy, _ in EXAMPLES}
