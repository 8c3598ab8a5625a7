"""Latency of TFLite versions on one thread, measured alternately so that all run under the same conditions."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import tensorflow as tf

from digits_model.places import TFLITE, model_in
from digits_model.predictor import interpreter_of

BATCHES = (1, 64)
_CALLS = 20
"""Predictions per turn, enough to make the overhead of the clock negligible."""


def seconds(directories: Sequence[Path], pixels: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """The median seconds per call of each version in the order of `directories`, by batch size.

    Raises:
        InputError: a directory does not contain a TFLite version.
    """
    files = [model_in(directory, TFLITE) for directory in directories]
    return {str(batch): _of_batch([_ready(file, pixels[:batch]) for file in files], rounds) for batch in BATCHES}


def _of_batch(interpreters: Sequence[Any], rounds: int) -> list[float]:
    turns = [[_turn(interpreter) for interpreter in interpreters] for _ in range(rounds)]
    return [median(of_one) for of_one in zip(*turns, strict=True)]


def _turn(interpreter: tf.lite.Interpreter) -> float:
    started = time.perf_counter()
    for _ in range(_CALLS):
        interpreter.invoke()
    return (time.perf_counter() - started) / _CALLS


def _ready(file: Path, pixels: np.ndarray) -> tf.lite.Interpreter:
    """An interpreter with its input set that has run once."""
    interpreter = interpreter_of(file)
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], pixels)
    interpreter.invoke()
    return interpreter
