"""The controls of each standard, in its own numbering, with the reason for those that no rule serves."""

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
    "organisational": "decided by people, contracts and procedures, which no manifest shows",
    "physical": "a matter of buildings and hardware",
    "provider": "set by the operator of the cluster's control plane, nodes and network",
    "application": "decided by those who build, call or integrate a model",
    "outside": "it applies to authorities or states, or to other kinds of systems",
    "planned": "planned, with the feature in docs/features.md",
    "configuration": "a rule exists, but this stack's policy configuration leaves it out",
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
    data = yaml.safe_load((_DIRECTORY / f"{key}.yaml").read_text(encoding="utf-8"))
    groups = tuple(
        Group(title=group["title"], controls=tuple(_control(*each) for each in group["controls"].items()))
        for group in data["groups"]
    )
    return Standard(key=key, name=data["name"], groups=groups)


def _control(identifier: str, data: Mapping[str, str]) -> Control:
    return Control(id=identifier, title=data["title"], chinese=data.get("zh", ""), without=data.get("without", ""))
