"""Export of a version: a directory with the model and its documents, and a description next to it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from digits_model.data import Digits
from digits_model.description import description
from digits_model.distribution import reference_distribution
from digits_model.evaluation import Evaluation, evaluation
from digits_model.expectation import verification
from digits_model.network import digest_of
from digits_model.places import description_of, directory_of
from digits_model.predictor import predictor_in
from digits_model.variants import WRITTEN, Trained

_EXPECTED_ROWS = 8


@dataclass(frozen=True)
class Written:
    """An exported variant: its evaluation, and the size of all its files in bytes."""

    evaluated: Evaluation
    size: int


def write(trained: Trained, digits: Digits, variant: str, output: Path) -> Written:
    """Write a variant to `output`, with an evaluation and predictions of the exported model."""
    form = WRITTEN[variant]
    directory = directory_of(output, variant)
    form.write(trained, directory)
    predictor = predictor_in(directory)
    probabilities = predictor.predict(digits.test.pixels)
    evaluated = evaluation(probabilities, digits.test.labels)
    shown = digits.test.pixels[:_EXPECTED_ROWS]
    documents = {
        "evaluation": {"schema": 1, "weightsSha256": digest_of(trained.network), **asdict(evaluated)},
        "reference_distribution": reference_distribution(digits.train, probabilities),
        "verification": verification(shown, predictor.outputs(shown), form.tolerance),
    }
    _write_documents(documents, directory / "assets.extra")
    size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
    framework = f"{form.framework}, {variant}"
    text = description(framework, digits.revision, _metrics(evaluated, size), predictor.signatures)
    description_of(output, variant).write_text(text, encoding="utf-8")
    return Written(evaluated, size)


def _metrics(evaluated: Evaluation, size: int) -> dict[str, float]:
    return {
        "accuracy": evaluated.accuracy,
        "loss": evaluated.loss,
        "worstRecall": min(evaluated.recall),
        "sizeBytes": size,
    }


def _write_documents(documents: Mapping[str, Any], directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    for name, document in documents.items():
        (directory / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
