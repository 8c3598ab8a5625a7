"""Who may do what in the stack's namespace."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import Issue, refuse
from settings.validation.section import Section
from settings.values.text import named_text

_GROUP_CHARACTERS = 256


def _group(text: str) -> str:
    if not text or len(text) > _GROUP_CHARACTERS or not text.isprintable() or text != text.strip():
        stripped = text.strip()
        refuse(
            f"the name of a group, 1 to {_GROUP_CHARACTERS} printable characters without space around them",
            f"did you mean '{stripped}'?" if stripped.isprintable() and 0 < len(stripped) <= _GROUP_CHARACTERS else "",
        )
    if text.startswith("system:"):
        refuse("a group of people", "groups that begin with 'system:' are Kubernetes' own")
    return text


Group = Annotated[str, AfterValidator(_group), named_text("group")]
"""A group as the cluster's authentication names it, prefix included, such as ``oidc:ml-engineers``."""


class Access(Section):
    """Groups of people, as the cluster's authentication names them, by what they may do in the stack's namespace.

    A role that is given no group exists and is bound to nobody; a group may have several.
    """

    viewers: tuple[Group, ...] = ()
    """Groups that see what runs and why it does not: no logs, no Secrets."""
    deployers: tuple[Group, ...] = ()
    """Groups that change models and read their logs."""
    operators: tuple[Group, ...] = ()
    """Groups that scale, restart and evict what runs, and see the nodes."""
    auditors: tuple[Group, ...] = ()
    """Groups that read everything but Secrets, roles and policies included, and change nothing."""

    def issues(self) -> Iterator[Issue]:
        """A group is named once in a list."""
        for key, groups in self:
            for group, uses in Counter[str](groups).items():
                if uses > 1:
                    yield Issue(path=(key,), found=f"'{group}', {uses} times", expected="each group once")
