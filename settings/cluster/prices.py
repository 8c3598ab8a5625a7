"""Prices of compute and storage. The stack states them, because the platform cannot know them."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from settings.gpu.gpu_request import AcceleratorName
from settings.validation.issues import refuse
from settings.validation.section import Section, WholeNumber
from settings.values.text import matching, named_text

_LARGEST = 1_000_000


def _price(value: object) -> object:
    """Take a float as the digits that the user wrote: Python's shortest form is the same number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
        hint = "write it without quotes" if isinstance(value, str) else ""
        refuse(f"a number from 0 to {_LARGEST}, such as 0.035", hint)
    return Decimal(str(value))


Price = Annotated[Decimal, BeforeValidator(_price), WithJsonSchema({"type": "number", "format": "number 0 to 1000000"})]
CurrencyCode = Annotated[
    str,
    matching(r"[A-Z]{3}", "a currency code of ISO 4217 such as EUR", lambda text: text.strip().upper()),
    named_text("currency code"),
]


class Prices(Section):
    """Prices for the cost estimate. Everything that the stack uses must have one."""

    currency: CurrencyCode
    """Currency of all prices, as an ISO 4217 code."""
    hours_per_month: Annotated[WholeNumber, Field(ge=1, le=744)] = 730
    """Hours in a month, for the estimate."""
    cpu_hour: Price
    """Price of a CPU core for an hour, on demand."""
    memory_gib_hour: Price
    """Price of a GiB of main memory for an hour, on demand."""
    accelerator_hour: Mapping[AcceleratorName, Price] = Field(default_factory=lambda: MappingProxyType({}))
    """Price of a whole accelerator for an hour, on demand, by its name in `settings/gpu/accelerators.py`."""
    any_gpu_hour: Price | None = None
    """Price of a GPU for an hour, in a stack without pools, where the kind of GPU is not known."""
    spot_discount_percent: Annotated[WholeNumber, Field(ge=0, le=99)] | None = None
    """Discount on everything on nodes of capacity `spot`."""
    storage_gib_month: Price | None = None
    """Price of a GiB of volume capacity for a month."""
