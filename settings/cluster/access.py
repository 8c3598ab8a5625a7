"""Who may do what in the stack's namespace."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import Issue, refuse
from settings.validation.repeated import repeated
from settings.validation.section import Section
from settings.values.text import named_text

_GROUP_CHARACTERS = 256


def _group(text: str) -> str:
    if not text or len(text) > _GROUP_CHARACTERS or not text.isprintable() or text != text.strip():
        stripped = text.strip()
        refuse(
            f"the name of a group, 1 to {_GROUP_CHARACTERS} printable characters without surrounding spaces",
            f"did you mean '{stripped}'?" if stripped.isprintable() and 0 < len(stripped) <= _GROUP_CHARACTERS else "",
        )
    if text.startswith("system:"):
        refuse("a group of people", "groups that begin with 'system:' are Kubernetes' own")
    return text


Group = Annotated[str, AfterValidator(_group), named_text("group")]
"""A group as the cluster's authentication names it, prefix included, such as ``oidc:ml-engineers``."""


class Access(Section):
    """Groups, as the cluster's authentication names them, by their permissions in the stack's namespace.

    A role without groups exists but is not bound; a group may have several roles.
    """

    viewers: tuple[Group, ...] = ()
    """Groups that see workloads and their status, but no logs or Secrets."""
    deployers: tuple[Group, ...] = ()
    """Groups that change models and read their logs."""
    operators: tuple[Group, ...] = ()
    """Groups that scale, restart and evict what runs, and see the nodes."""
    auditors: tuple[Group, ...] = ()
    """Groups with read-only access to everything except Secrets, including roles and policies."""

    def issues(self) -> Iterator[Issue]:
        """Check that each list names a group once."""
        for key, groups in self:
            for group, uses in repeated(groups):
                yield Issue(path=(key,), found=f"'{group}', {uses} times", expected="each group once")
