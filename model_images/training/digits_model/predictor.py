"""Loading of exported models, so that what is measured and recorded is what will be served."""

import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from digits_model import places
from digits_model.data import CLASSES, PIXELS
from digits_model.places import MODELS, model_in
from digits_model.saved_model import PROBABILITIES
from digits_model.triton_model import DIGIT

Signatures = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""`dtype` and `shape` by signature, `inputs` or `outputs`, and name; -1 in a shape is a variable number of rows."""


@dataclass(frozen=True)
class Predictor:
    """A loaded model: `predict` maps pixels float32 [n, 64] to probabilities float32 [n, 10]."""

    predict: Callable[[np.ndarray], np.ndarray]
    signatures: Signatures

    def outputs(self, pixels: np.ndarray) -> Mapping[str, np.ndarray]:
        """All that the model answers to `pixels`: probabilities, and the digit int64 [n, 1] if it is an output."""
        probabilities = self.predict(pixels)
        answered = {"probabilities": probabilities}
        if DIGIT in self.signatures[PROBABILITIES]["outputs"]:
            answered[DIGIT] = probabilities.argmax(axis=1, keepdims=True)
        return answered


def predictor_in(directory: Path) -> Predictor:
    """The model in a version's directory, of any variant.

    Raises:
        InputError: the directory does not contain a model.
    """
    file = model_in(directory, *MODELS)
    match file.name:
        case places.SAVED_MODEL:
            return _saved_model(directory)
        case places.TFLITE:
            return _tflite(file)
        case _:
            return _triton_python(file)


def interpreter_of(file: Path) -> tf.lite.Interpreter:
    """A TFLite interpreter that uses one thread."""
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


def _triton_python(file: Path) -> Predictor:
    """The file of the version itself, as Triton imports it."""
    # Leaves no bytecode beside the file, as an import would.
    names = runpy.run_path(str(file))
    classifier = names["Classifier"](file.with_name(names["WEIGHTS"]))
    return Predictor(
        predict=classifier.predict,
        signatures={
            PROBABILITIES: {
                "inputs": {"pixels": {"dtype": "float32", "shape": [-1, PIXELS]}},
                "outputs": {
                    "probabilities": {"dtype": "float32", "shape": [-1, CLASSES]},
                    DIGIT: {"dtype": "int64", "shape": [-1, 1]},
                },
            }
        },
    )


def _lite_tensor(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"dtype": np.dtype(detail["dtype"]).name, "shape": detail["shape_signature"].tolist()}
