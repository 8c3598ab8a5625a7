"""The variants in which the same weights are exported."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from digits_model import saved_model, tflite, triton_model, warm_up
from digits_model.data import Split
from digits_model.places import TRITON

MODEL = "digits"


@dataclass(frozen=True)
class Trained:
    """The input of every variant: the network, its SavedModel, and the training digits."""

    network: keras.Model
    saved_model: Path
    train: Split


@dataclass(frozen=True)
class Variant:
    """A variant: `write` creates the model's directory and files, and `framework`, with its version, runs them."""

    framework: str
    tolerance: float
    """Tolerance of probabilities on another machine. For int8 it is two quantisation steps of 1/256."""
    write: Callable[[Trained, Path], None]


def _saved_model(trained: Trained, directory: Path) -> None:
    saved_model.write(trained.network, directory)
    extra = directory / "assets.extra"
    extra.mkdir()
    warm_up.write(trained.train.pixels, MODEL, extra / warm_up.FILE)


def _tflite_float(trained: Trained, directory: Path) -> None:
    tflite.write_float(trained.saved_model, directory)


def _tflite_int8(trained: Trained, directory: Path) -> None:
    tflite.write_int8(trained.saved_model, trained.train.pixels, directory)


def _triton_python(trained: Trained, directory: Path) -> None:
    directory.mkdir(parents=True)
    shutil.copyfile(triton_model.__file__, directory / TRITON)
    np.savez(directory / triton_model.WEIGHTS, *trained.network.get_weights())


WRITTEN: Mapping[str, Variant] = {
    "saved-model": Variant(f"tensorflow {tf.__version__}", 1e-4, _saved_model),
    "tflite-float": Variant(f"tflite {tf.__version__}", 1e-4, _tflite_float),
    "tflite-int8": Variant(f"tflite {tf.__version__}", 2 / 256, _tflite_int8),
    "triton-python": Variant(f"numpy {np.__version__}", 1e-4, _triton_python),
}
