"""The prediction recorded when a version was published: ``assets.extra/verification.json`` beside its files."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from verification.checks.validation import parse_file
from verification.client.errors import BadInputError
from verification.client.tensors import Rows, rows_of, shape_of, values_of

_REMEDY = "publish the version with the verification.json that its training writes"


def _batch(rows: list[Any]) -> list[Any]:
    try:
        if not shape_of(rows)[0]:
            raise ValueError("no rows; expected at least one")
    except BadInputError as error:
        raise ValueError(str(error)) from error
    for value in values_of(rows):
        if not isinstance(value, (int, float, str)):
            raise ValueError(f"{value!r}; expected numbers, strings or booleans")  # noqa: TRY004 - pydantic takes these
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{value}; expected finite numbers")
    return rows


_Batches: TypeAlias = Annotated[dict[str, Annotated[list[Any], AfterValidator(_batch)]], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(strict=True, extra="ignore"))
class Expectation:
    """A batch of inputs and the outputs that belong to it, row by row, to within ``tolerance``."""

    schema: Literal[1]
    signature: str
    inputs: _Batches
    outputs: _Batches
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _every_tensor_has_the_same_rows(self) -> Self:
        tensors: Mapping[str, Rows] = {**self.inputs, **self.outputs}
        counts = {name: len(rows_of(rows)) for name, rows in tensors.items()}
        if len(set(counts.values())) > 1:
            raise ValueError(f"rows: {counts}; expected the same number in every input and output")
        return self

    @classmethod
    def read(cls, path: Path) -> "Expectation":
        """Read the file of a version.

        Raises:
            BadInputError: the file cannot be read, or is not a recorded prediction.
        """
        return parse_file(path, _EXPECTATION, _REMEDY)


_EXPECTATION = TypeAdapter(Expectation)
