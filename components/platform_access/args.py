"""The arguments of the platform's roles."""

from dataclasses import dataclass, field

import pulumi

from settings import Access, Mesh


@dataclass(frozen=True, kw_only=True)
class PlatformAccessArgs:
    """``namespace``, which exists already, is what the roles apply to; ``access`` names the groups that have them.

    With a ``mesh`` they include its objects.
    """

    namespace: pulumi.Input[str]
    access: Access
    mesh: Mesh = field(default_factory=Mesh)
