"""Conversion of the SavedModel to TFLite, with float weights or quantised to 8-bit integers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from digits_model.places import TFLITE
from digits_model.saved_model import PROBABILITIES

_CALIBRATION_DIGITS = 300


def write_float(saved_model: Path, directory: Path) -> None:
    """Write the model with float weights."""
    _write(_converter(saved_model), directory)


def write_int8(saved_model: Path, calibration: np.ndarray, directory: Path) -> None:
    """Write the model with weights, activations and arithmetic in 8-bit integers.

    `calibration` are pixels float32 [n, 64] of the training split, which determine the ranges of the activations.
    Inputs and outputs remain floats, so that the signature is unchanged for clients.

    Raises:
        tensorflow.lite.python.convert.ConverterError: an operation has no integer implementation.
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
    (directory / TFLITE).write_bytes(converter.convert())
