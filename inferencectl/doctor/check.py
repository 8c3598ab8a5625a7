"""Something that was looked at, and what is missing there."""

from collections.abc import Callable
from dataclasses import dataclass

from inferencectl.sandbox.node.prerequisites import Lack
from inferencectl.workspace.errors import SandboxError


@dataclass(frozen=True, kw_only=True)
class Check:
    """``subject`` is what was looked at, in a few words that also read well where nothing is missing."""

    subject: str
    lacks: tuple[Lack, ...] = ()


def tried(subject: str, refusal: Callable[[], object]) -> Check:
    """What would refuse a deployment, as a check: its error is what is missing."""
    try:
        refusal()
    except SandboxError as error:
        return Check(subject=subject, lacks=(Lack(what=error.message, remedy=error.remedy),))
    return Check(subject=subject)
