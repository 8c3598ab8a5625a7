"""The arguments of the platform's roles."""

from dataclasses import dataclass

import pulumi

from settings import Access


@dataclass(frozen=True, kw_only=True)
class PlatformAccessArgs:
    """``namespace``, which exists already, is what the roles apply to; ``access`` names the groups that have them."""

    namespace: pulumi.Input[str]
    access: Access
