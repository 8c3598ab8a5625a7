"""Limits for all models of a stack together."""

from typing import Annotated

from pydantic import Field

from settings.validation.section import Count, Section, WholeNumber
from settings.values.quantity import ByteQuantity, Quantity


class Quota(Section):
    """The ResourceQuota of the stack's namespace. Each environment has its own defaults."""

    cpu: Quantity
    """CPU cores."""
    memory: ByteQuantity
    """Main memory."""
    storage: ByteQuantity
    """Capacity of all persistent volume claims."""
    gpus: Annotated[WholeNumber, Field(ge=0, le=2**31 - 1)]
    """GPUs."""
    pods: Count
    """Pods."""
