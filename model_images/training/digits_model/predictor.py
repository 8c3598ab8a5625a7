"""A written model, loaded again: what is measured and recorded is what will be served."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from digits_model import tflite
from digits_model.errors import InputError
from digits_model.saved_model import PROBABILITIES

Signatures = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""By signature, then `inputs` or `outputs`, then name: `dtype` and `shape`, where -1 is any number of rows."""


@dataclass(frozen=True)
class Predictor:
    """`predict` takes pixels float32 [n, 64] and gives probabilities float32 [n, 10]."""

    predict: Callable[[np.ndarray], np.ndarray]
    signatures: Signatures


def predictor_in(directory: Path) -> Predictor:
    """The model in a version's directory, whichever variant it is.

    Raises:
        InputError: there is none.
    """
    if (directory / "saved_model.pb").is_file():
        return _saved_model(directory)
    if (directory / tflite.FILE).is_file():
        return _tflite(directory / tflite.FILE)
    raise InputError(f"{directory}: neither saved_model.pb nor {tflite.FILE} is there; name the directory of a version")


def interpreter_of(file: Path) -> tf.lite.Interpreter:
    """A TFLite interpreter on one thread."""
    return tf.lite.Interpreter(str(file), num_threads=1)


def _saved_model(directory: Path) -> Predictor:
    loaded = tf.saved_model.load(str(directory))
    serve = loaded.signatures[PROBABILITIES]
    return Predictor(
        predict=lambda pixels: serve(pixels=tf.constant(pixels))["probabilities"].numpy(),
        signatures={
            name: {
                "inputs": {key: _tensor(spec) for key, spec in function.structured_input_signature[1].items()},
                "outputs": {key: _tensor(spec) for key, spec in function.structured_outputs.items()},
            }
            for name, function in loaded.signatures.items()
        },
    )


def _tensor(spec: tf.TensorSpec) -> dict[str, Any]:
    return {"dtype": spec.dtype.name, "shape": [-1 if size is None else size for size in spec.shape]}


def _tflite(file: Path) -> Predictor:
    interpreter = interpreter_of(file)
    serve = interpreter.get_signature_runner(PROBABILITIES)
    return Predictor(
        predict=lambda pixels: serve(pixels=pixels)["probabilities"],
        signatures={
            PROBABILITIES: {
                "inputs": {key: _lite_tensor(detail) for key, detail in serve.get_input_details().items()},
                "outputs": {key: _lite_tensor(detail) for key, detail in serve.get_output_details().items()},
            }
        },
    )


def _lite_tensor(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"dtype": np.dtype(detail["dtype"]).name, "shape": detail["shape_signature"].tolist()}
