"""The demonstration of progressive releases: what it says about what it saw, and its second release as it happens."""

import json
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from inferencectl.demos.canary.command import ACTS, show_canary
from inferencectl.demos.canary.picture import svg
from inferencectl.demos.canary.screen import Screen
from inferencectl.demos.canary.timeline import Passage, Sample, Timeline, conclusions
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.project import Project
from settings import RELEASE_PROTOCOLS
from tests.inferencectl.checkout import Checkout

SVG = "{http://www.w3.org/2000/svg}"
GOOD, BAD = ACTS
BACK_SECONDS = 45
"""Three intervals of 10 s, two scrapes, and what a busy machine takes."""


def sample(seconds: float, phase: str, **percents: int) -> Sample:
    """Both protocols alike; `v2=5` is 5 % for version 2."""
    by_version = {int(name.removeprefix("v")): percent for name, percent in percents.items()}
    return Sample(
        seconds=seconds,
        percents=dict.fromkeys(RELEASE_PROTOCOLS, by_version),
        phases=dict.fromkeys(RELEASE_PROTOCOLS, phase),
    )


PROMOTED = Passage(
    act=GOOD,
    samples=[
        sample(0, "Initialized", v1=100),
        sample(10, "Progressing", v1=95, v2=5),
        sample(20, "Progressing", v1=50, v2=50),
        sample(30, "Promoting", v2=100),
        sample(50, "Succeeded", v2=100),
    ],
)
TAKEN_BACK = Passage(
    act=BAD,
    samples=[
        sample(51, "Succeeded", v2=100),
        sample(60, "Progressing", v2=95, v3=5),
        sample(90, "Failed", v2=100),
    ],
)
TIMELINE = Timeline(passages=[PROMOTED, TAKEN_BACK])


def test_what_was_seen_is_one_sentence_each() -> None:
    assert conclusions(TIMELINE) == [
        "version 2 answers well: it has all requests after 50 s",
        "version 3 fails for 8 % of gRPC: version 2 has all requests again; version 3 had up to 5 % of them, for 30 s",
    ]
    unmet = Timeline(passages=[Passage(act=BAD, samples=TAKEN_BACK.samples[:2])])
    assert conclusions(unmet) == ["version 3 fails for 8 % of gRPC: not failed after 9 s"]


def test_a_release_is_over_when_both_protocols_are() -> None:
    assert PROMOTED.is_met
    assert TAKEN_BACK.is_met
    last = TAKEN_BACK.samples[-1]
    half = Sample(seconds=90, percents={**last.percents, "grpc": {2: 95, 3: 5}}, phases=last.phases)
    assert not Passage(act=BAD, samples=[*TAKEN_BACK.samples[:2], half]).is_met
    slow = Sample(seconds=90, percents=last.percents, phases={**last.phases, "grpc": "Progressing"})
    assert not Passage(act=BAD, samples=[*TAKEN_BACK.samples[:2], slow]).is_met


def test_a_line_can_be_read_without_colours() -> None:
    out = StringIO()
    screen = Screen(Console(file=out, width=120))
    screen.act(GOOD)
    for each in PROMOTED.samples[1:3]:
        screen.sample(each, GOOD.candidate)
        screen.sample(each, GOOD.candidate)
    assert [each.rstrip() for each in out.getvalue().splitlines()] == [
        "version 2 answers well",
        "0:10  version 2: REST   5 % ━                    Progressing  gRPC   5 % ━                    Progressing",
        "0:20  version 2: REST  50 % ━━━━━━━━━━           Progressing  gRPC  50 % ━━━━━━━━━━           Progressing",
    ]


def test_the_picture_has_each_version_over_each_protocol() -> None:
    drawn = ElementTree.fromstring(svg(TIMELINE))  # noqa: S314 - made here
    lines = [each.get("class") for each in drawn.iter(f"{SVG}polyline")]
    assert lines == ["version-1", "version-2", "version-3"] * 2
    (bad,) = (each for each in drawn.iter(f"{SVG}rect") if "marked" in each.get("class", ""))
    assert float(bad.get("width", "0")) > 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Checkout.copied_to(tmp_path_factory.mktemp("demo")).project


@pytest.fixture(scope="module")
def written(controllers: None, project: Project) -> Mapping[str, Any]:
    """The second release alone, to the version that the model begins with: the first one takes as long again."""
    show_canary(project, project.root / "demo", (replace(BAD, stable=1),))
    return json.loads((project.root / "demo" / "canary.json").read_text())


@pytest.fixture(scope="module")
def controllers(tools: Toolchain) -> None:
    """Flagger and Prometheus; conftest.py builds them."""


@pytest.mark.slow("Flagger's shortest interval is 10 s, and a release takes several")
def test_a_bad_version_is_taken_back(written: Mapping[str, Any], project: Project) -> None:
    (release,) = written["releases"]
    assert release["isMet"]
    shares = [(each["seconds"], each["percents"]["grpc"].get("3", 0)) for each in written["samples"]]
    assert {share for _, share in shares} == {0, 5}
    had = [seconds for seconds, share in shares if share]
    assert had[-1] - had[0] < BACK_SECONDS
    assert (project.root / "demo" / "canary.svg").exists()
    assert not project.cluster_directory("demo-canary").exists()
