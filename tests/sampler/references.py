"""A small reference distribution: three features in four bins, three classes."""

import json
from pathlib import Path
from typing import Any

from drift_sampler.distributions import Observed
from drift_sampler.reference import Reference, reference_of

FEATURES, CLASSES = 3, 3
EDGES = (0, 4, 8, 12, 16)


def document(**changed: object) -> dict[str, Any]:
    """The document, with other values at the top."""
    return {
        "schema": 2,
        "inputs": {"pixels": {"edges": list(EDGES), "counts": [[250] * 4] * FEATURES}},
        "predictions": {"output": "probabilities", "counts": [400, 300, 300]},
        "confidence": {"edges": [0, 0.5, 0.9, 1], "counts": [100, 400, 500]},
        **changed,
    }


def reference(**changed: object) -> Reference:
    return reference_of(document(**changed), "0" * 64)


def observed(seconds: float = 3600, **changed: object) -> Observed:
    return Observed(reference(**changed), window_seconds=seconds)


def written(directory: Path, **changed: object) -> Path:
    file = directory / "reference_distribution.json"
    file.write_text(json.dumps(document(**changed)), encoding="utf-8")
    return file
