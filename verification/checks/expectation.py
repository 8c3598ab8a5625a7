"""What a version answered when it was published: ``assets.extra/verification.json`` beside its files."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from verification.client.errors import BadInputError
from verification.client.tensors import Rows, rows_of, shape_of, values_of

SCHEMA = 1
_REMEDY = "publish the version with the verification.json that its training writes"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A batch of inputs and the outputs that belong to it, row by row, to within ``tolerance``."""

    signature: str
    inputs: Mapping[str, Rows]
    outputs: Mapping[str, Rows]
    tolerance: float

    @classmethod
    def read(cls, path: Path) -> "Expectation":
        """Read the file of a version.

        Raises:
            BadInputError: the file is not there, is no JSON, or says less than it must.
        """
        try:
            document = json.loads(path.read_bytes())
        except OSError as error:
            raise BadInputError(f"{path}: {error.strerror}; {_REMEDY}") from error
        except ValueError as error:
            raise BadInputError(f"{path}: no JSON: {error}; {_REMEDY}") from error
        for problem in _problems(document):
            raise BadInputError(f"{path}: {problem}; {_REMEDY}")
        return cls(**{key: document[key] for key in ("signature", "inputs", "outputs", "tolerance")})


def _problems(document: object) -> list[str]:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return [f"expected an object with schema {SCHEMA}"]
    problems = []
    if not isinstance(document.get("signature"), str):
        problems.append(f"signature: {document.get('signature', 'missing')}; expected the name of a signature")
    tolerance = document.get("tolerance")
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or not 0 <= tolerance < math.inf:
        problems.append(f"tolerance: {tolerance}; expected a number from zero on")
    for side in ("inputs", "outputs"):
        problems += _batch_problems(side, document.get(side))
    return problems or _row_problems({**document["inputs"], **document["outputs"]})


def _batch_problems(side: str, batch: object) -> list[str]:
    if not isinstance(batch, dict) or not batch:
        return [f"{side}: expected rows by name"]
    return [problem for name, rows in batch.items() if (problem := _tensor_problem(f"{side}.{name}", rows))]


def _tensor_problem(path: str, rows: Rows) -> str:
    try:
        if not rows_of(rows) or not shape_of(rows):
            return f"{path}: expected a list of rows"
    except BadInputError as error:
        return f"{path}: {error}"
    for value in values_of(rows):
        if not isinstance(value, (int, float, str)):
            return f"{path}: {value!r}; expected numbers, texts or truth values"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{path}: {value}; expected finite numbers"
    return ""


def _row_problems(tensors: Mapping[str, Rows]) -> list[str]:
    counts = {name: len(rows_of(rows)) for name, rows in tensors.items()}
    return [f"rows: {counts}; expected as many everywhere"] if len(set(counts.values())) > 1 else []
