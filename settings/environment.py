"""The environments a stack can be."""

from enum import StrEnum


class Environment(StrEnum):
    """What a stack is for. It chooses the defaults, and prod adds demands of its own."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
