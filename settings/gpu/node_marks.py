"""What marks a node: labels that pods select it by, and taints that keep other pods off it."""

from enum import StrEnum
from typing import Annotated

from settings.validation.section import Section
from settings.values.text import matching, named_text

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_DOMAIN = r"(?=[a-z0-9.-]{1,253}/)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/"

LabelKey = Annotated[
    str, matching(rf"(?:{_DOMAIN})?{_NAME}", "a label key such as team or example.org/team"), named_text("label key")
]
LabelValue = Annotated[
    str,
    matching(rf"(?:{_NAME})?", "a label value: letters, digits, '-', '_' and '.', at most 63 characters"),
    named_text("label value"),
]


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it. Running pods are never evicted by a pool's taint."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"


class Taint(Section):
    """A mark on a node that keeps pods away unless they tolerate it."""

    key: LabelKey
    """Key of the taint."""
    value: LabelValue = ""
    """Value of the taint; may be empty."""
    effect: TaintEffect = TaintEffect.NO_SCHEDULE
    """`NoSchedule` keeps pods off, `PreferNoSchedule` only where there is room elsewhere."""
