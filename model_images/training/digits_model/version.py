"""A version to publish: a directory with the model and what is known of it, and a description beside that."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from digits_model.data import Digits
from digits_model.description import description
from digits_model.distribution import reference_distribution
from digits_model.evaluation import Evaluation, evaluation
from digits_model.expectation import verification
from digits_model.network import digest_of
from digits_model.predictor import predictor_in
from digits_model.variants import WRITTEN, Trained

_EXPECTED_ROWS = 8


@dataclass(frozen=True)
class Written:
    """What was written of a variant: how good it is, and the bytes of all its files."""

    evaluated: Evaluation
    size: int


def directory_of(output: Path, variant: str) -> Path:
    """Where a variant goes; what TensorFlow Serving loads has a number for a name, as it wants it."""
    return output / ("1" if variant == "saved-model" else f"1-{variant}")


def description_of(output: Path, variant: str) -> Path:
    """Where a variant's description goes."""
    directory = directory_of(output, variant)
    return directory.with_name(f"{directory.name}.yaml")


def write(trained: Trained, digits: Digits, variant: str, output: Path) -> Written:
    """Write a variant to `output`, with what the model that is loaded back from there answers."""
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
        "verification": verification(shown, predictor.predict(shown), form.tolerance),
    }
    _write_documents(documents, directory / "assets.extra")
    size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
    framework = f"{form.framework} {tf.__version__}, {variant}"
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
