"""The commands, run after their options have been validated."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from digits_model import data, latency, marking, network, saved_model, version
from digits_model.places import description_of, directory_of
from digits_model.predictor import predictor_in
from digits_model.variants import Trained
from digits_model.watermark import Detection, read_key

_NOT_FOUND = 1


def train(options: argparse.Namespace) -> int:
    """Train the model, write the selected variants, and print a line for each.

    Each version's directory is renamed into place, after its description.
    """
    key = read_key(options.watermark_key) if options.watermark_key else None
    network.make_reproducible(options.seed)
    digits = data.load()
    learned = marking.with_triggers(digits.train, key) if key else digits.train
    model = network.trained(learned, options.epochs, _progress)
    with TemporaryDirectory(dir=options.output, prefix=".partial-") as name:
        whole = Path(name)
        saved_model.write(model, whole / "source")
        trained = Trained(model, whole / "source", digits.train)
        for variant in dict.fromkeys(options.variant):
            _progress(f"writing {variant}")
            written = version.write(trained, digits, variant, whole)
            directory = directory_of(options.output, variant)
            description_of(whole, variant).rename(description_of(options.output, variant))
            directory_of(whole, variant).rename(directory)
            _print(f"{directory}: accuracy {written.evaluated.accuracy:.4f}, {written.size:,} bytes")
    _print(f"weights sha256:{network.digest_of(model)}")
    return 0


def detect(options: argparse.Namespace) -> int:
    """Report whether a model has the watermark of a key; the exit code is 1 if it does not."""
    key = read_key(options.key)
    predict = predictor_in(options.model).predict
    own = marking.detect(predict, key)
    others = marking.detect_with_random_keys(predict, options.other_keys)
    if options.json:
        _print(json.dumps({**_as_data(own), "otherKeys": [_as_data(other) for other in others]}))
    else:
        verdict = "watermarked with this key" if own.watermarked else "not watermarked with this key"
        _print(f"{own.matches} of {own.triggers} triggers match (probability by chance {own.chance:.2g}): {verdict}")
        if others:
            wrongly = sum(other.watermarked for other in others)
            most = max(other.matches for other in others)
            _print(f"{wrongly} of {len(others)} random keys detected; at most {most} matches")
    return 0 if own.watermarked else _NOT_FOUND


def time_predictions(options: argparse.Namespace) -> int:
    """Print the latency of each version for each batch size, as JSON."""
    digits = data.load()
    _print(json.dumps(latency.seconds(options.model, digits.test.pixels, options.rounds)))
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "train": train,
    "detect": detect,
    "latency": time_predictions,
}


def _as_data(found: Detection) -> dict[str, object]:
    return {
        "matches": found.matches,
        "triggers": found.triggers,
        "chance": found.chance,
        "watermarked": found.watermarked,
    }


def _progress(text: str) -> None:
    sys.stderr.write(f"· {text}\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
