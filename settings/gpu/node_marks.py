"""Labels and taints of nodes."""

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
    """Effect of a taint on pods that do not tolerate it. A pool's taint never evicts running pods."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"


class Taint(Section):
    """A taint on a node, which keeps off pods that do not tolerate it."""

    key: LabelKey
    """Key of the taint."""
    value: LabelValue = ""
    """Value of the taint; may be empty."""
    effect: TaintEffect = TaintEffect.NO_SCHEDULE
    """`NoSchedule` keeps pods off; `PreferNoSchedule` does so only if there is room elsewhere."""
