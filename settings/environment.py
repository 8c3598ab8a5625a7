"""The environments of stacks."""

from enum import StrEnum


class Environment(StrEnum):
    """The purpose of a stack. It selects the defaults, and prod has additional requirements."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
