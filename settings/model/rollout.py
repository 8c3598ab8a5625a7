"""How a model changes from one version to another."""

from enum import StrEnum

from settings.validation.section import Section


class Strategy(StrEnum):
    """Whether the old and the new version of a model run at the same time during a change."""

    SURGE = "surge"
    RECREATE = "recreate"


class Rollout(Section):
    """How a model changes from one version to another."""

    strategy: Strategy = Strategy.SURGE
    """`surge` starts the new version beside the old one, which answers until the new one is ready. `recreate` is for \
a model that cannot run twice, such as on the last GPU: versions with weight 0 stop first, and the model does not \
answer until the version with weight 100 is ready."""
