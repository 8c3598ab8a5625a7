"""How long TFLite versions take for a prediction, one thread, taking turns so that all see the same machine."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import tensorflow as tf

from digits_model import tflite
from digits_model.errors import InputError
from digits_model.predictor import interpreter_of

BATCHES = (1, 64)
_CALLS = 20
"""Predictions in one turn, so that a turn is long against the clock's own cost."""


def seconds(directories: Sequence[Path], pixels: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """By batch size, the median seconds of one call of each version, in the order of `directories`.

    Raises:
        InputError: a directory holds no TFLite version.
    """
    files = [directory / tflite.FILE for directory in directories]
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} is not there; name directories of TFLite versions")
    return {str(batch): _of_batch([_ready(file, pixels[:batch]) for file in files], rounds) for batch in BATCHES}


def _of_batch(interpreters: Sequence[Any], rounds: int) -> list[float]:
    turns = [[_turn(interpreter) for interpreter in interpreters] for _ in range(rounds)]
    return [median(of_one) for of_one in zip(*turns, strict=True)]


def _turn(interpreter: tf.lite.Interpreter) -> float:
    begun = time.perf_counter()
    for _ in range(_CALLS):
        interpreter.invoke()
    return (time.perf_counter() - begun) / _CALLS


def _ready(file: Path, pixels: np.ndarray) -> tf.lite.Interpreter:
    """An interpreter that holds its input and has run once."""
    interpreter = interpreter_of(file)
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], pixels)
    interpreter.invoke()
    return interpreter
