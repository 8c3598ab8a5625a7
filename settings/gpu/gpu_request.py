"""The accelerators that a pod requests: whole ones, or a fraction of one."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from settings.gpu.accelerators import ACCELERATORS
from settings.validation.issues import Issue, refuse
from settings.validation.section import Section, WholeNumber
from settings.validation.words import did_you_mean, listed
from settings.values.quantity import ByteQuantity


def _known_accelerator(name: str) -> str:
    if name not in ACCELERATORS:
        variants = [f"'{known}'" for known in ACCELERATORS if name and known.startswith(f"{name.lower()}-")]
        hint = f"did you mean {listed(variants)}?" if variants else did_you_mean(name, ACCELERATORS)
        refuse(f"an accelerator: {listed(ACCELERATORS)}", hint)
    return name


def _part_of_one(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        refuse("a number between 0 and 1, such as 0.25 for a quarter", "use count for whole ones")
    return float(value)


AcceleratorName = Annotated[str, AfterValidator(_known_accelerator)]
"""A key of ``ACCELERATORS``."""
Share = Annotated[
    float, BeforeValidator(_part_of_one), WithJsonSchema({"type": "number", "format": "number between 0 and 1"})
]
"""A fraction of one card, between 0 and 1."""


class GpuRequest(Section):
    """Accelerators of one pod, taken from the stack's pools."""

    accelerator: AcceleratorName | None = None
    """Kind of accelerator; any of NVIDIA's if not set."""
    count: Annotated[WholeNumber, Field(ge=1, le=16)] | None = None
    """Whole accelerators."""
    share: Share | None = None
    """Fraction of one accelerator: `0.25` gets a device of which a card has at most four."""
    memory: ByteQuantity | None = None
    """Minimum memory of one device, going by the nominal memory of the card or MIG profile."""

    def issues(self) -> Iterator[Issue]:
        """Check that exactly one of count, share and memory is set, and that a share names its accelerator."""
        amounts = [name for name in ("count", "share", "memory") if getattr(self, name) is not None]
        if len(amounts) != 1:
            yield Issue(
                path=(), found=f"{' and '.join(amounts) or 'no amount'}", expected="one of count, share and memory"
            )
        if self.share is not None and self.accelerator is None:
            yield Issue(
                path=("accelerator",),
                found="missing for a share",
                expected=f"the accelerator that it is a share of: {listed(ACCELERATORS)}",
            )

    def __str__(self) -> str:
        of = f" of {self.accelerator}" if self.accelerator else ""
        if self.share is not None:
            return f"a share of {self.share:g}{of}"
        if self.memory is not None:
            return f"a device of {self.memory}{of}"
        return f"{self.count} whole{of or ' GPUs'}"

    @property
    def least_share(self) -> Fraction:
        """The smallest fraction of a card that satisfies a share. A third may be written 0.33 or 0.3333."""
        return Fraction(str(self.share)) if self.share is not None else Fraction(0)
