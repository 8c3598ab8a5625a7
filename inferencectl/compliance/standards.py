"""The controls of each standard, in its own numbering, and why no rule can serve some of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_DIRECTORY = Path(__file__).parent / "standards"
_FILES = (
    "gbt-22239",
    "iso-27001",
    "gdpr",
    "cis-kubernetes",
    "nsa-cisa",
    "pod-security-baseline",
    "pod-security-restricted",
)

REASONS: Mapping[str, str] = {
    "organisational": "people, contracts and procedures decide it, and no manifest shows them",
    "physical": "a matter of buildings and hardware",
    "provider": "whoever runs the cluster's control plane, nodes and network sets it",
    "application": "whoever builds, calls or integrates a model decides it",
    "outside": "it binds authorities or states, or systems of another kind than this platform",
    "planned": "the platform is to do it and does not yet; the feature of docs/features.md is named",
    "configuration": "a rule exists, and this stack's configuration of the policies leaves it out",
}
"""Why no rule serves a control, by the first word of its ``without``; after ``planned`` comes the feature."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control; ``chinese`` are the title words of a Chinese standard.

    ``without`` says why no rule serves it, by a word of REASONS; it is empty where one does.
    """

    id: str
    title: str
    chinese: str = ""
    without: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A chapter of a standard."""

    title: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A standard in one edition; ``key`` is a short name in letters that links can use."""

    key: str
    name: str
    groups: tuple[Group, ...]

    @property
    def controls(self) -> tuple[Control, ...]:
        """All controls, in the standard's order."""
        return tuple(control for group in self.groups for control in group.controls)


@cache
def standards() -> tuple[Standard, ...]:
    """Every standard that the report is about."""
    return tuple(_standard(key) for key in _FILES)


def _standard(key: str) -> Standard:
    told = yaml.safe_load((_DIRECTORY / f"{key}.yaml").read_text(encoding="utf-8"))
    groups = tuple(
        Group(title=group["title"], controls=tuple(_control(*each) for each in group["controls"].items()))
        for group in told["groups"]
    )
    return Standard(key=key, name=told["name"], groups=groups)


def _control(identifier: str, told: Mapping[str, str]) -> Control:
    return Control(id=identifier, title=told["title"], chinese=told.get("zh", ""), without=told.get("without", ""))
