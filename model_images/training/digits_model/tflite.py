"""TFLite models made from the SavedModel after training: with float weights, or with integers of eight bits."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from digits_model.saved_model import PROBABILITIES

FILE = "model.tflite"
"""The name by which TensorFlow Serving, too, looks for such a model."""
_CALIBRATION_DIGITS = 300


def write_float(saved_model: Path, directory: Path) -> None:
    """Write the model with its weights as they are."""
    _write(_converter(saved_model), directory)


def write_int8(saved_model: Path, calibration: np.ndarray, directory: Path) -> None:
    """Write the model with weights, activations and arithmetic in integers of eight bits.

    `calibration` are pixels float32 [n, 64] of the training split, from which the ranges of the activations are taken.
    Pixels and probabilities stay floats, so that clients see the same signature.

    Raises:
        tensorflow.lite.python.convert.ConverterError: an operation has no form in integers.
    """
    converter = _converter(saved_model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]

    def samples() -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        for row in calibration[:_CALIBRATION_DIGITS]:
            yield PROBABILITIES, {"pixels": row[np.newaxis]}

    converter.representative_dataset = samples
    _write(converter, directory)


def _converter(saved_model: Path) -> tf.lite.TFLiteConverter:
    return tf.lite.TFLiteConverter.from_saved_model(str(saved_model), signature_keys=[PROBABILITIES])


def _write(converter: tf.lite.TFLiteConverter, directory: Path) -> None:
    directory.mkdir(parents=True)
    (directory / FILE).write_bytes(converter.convert())
