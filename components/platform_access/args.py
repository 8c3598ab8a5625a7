"""The arguments of the platform's roles."""

from dataclasses import dataclass

import pulumi

from settings import Access


@dataclass(frozen=True, kw_only=True)
class PlatformAccessArgs:
    """``namespace`` is what the roles are about, and exists already; ``access`` names the groups that have them."""

    namespace: pulumi.Input[str]
    access: Access
