"""The environments of stacks."""

from enum import StrEnum

PROD_REPLICAS = 2
"""The fewest pods in prod of what has to survive the loss of a node."""


class Environment(StrEnum):
    """The purpose of a stack. It selects the defaults, and prod has additional requirements."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
