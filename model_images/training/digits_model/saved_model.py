"""Export as a SavedModel for TensorFlow Serving."""

from pathlib import Path

import keras
import tensorflow as tf
from keras.export import ExportArchive

from digits_model.data import PIXELS

PROBABILITIES = "serving_default"
"""Signature from pixels float32 [n, 64] to probabilities float32 [n, 10]."""
CLASS = "classes"
"""Signature from pixels float32 [n, 64] to classes int64 [n] and their confidence float32 [n]."""
_INPUT = [tf.TensorSpec([None, PIXELS], tf.float32, name="pixels")]


def write(network: keras.Model, directory: Path) -> None:
    """Write the network with both signatures to `directory`."""

    def probabilities(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": network(pixels, training=False)}

    def classes(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        likely = network(pixels, training=False)
        return {"classes": tf.argmax(likely, axis=1), "confidence": tf.reduce_max(likely, axis=1)}

    # Without Keras' archive the variables are not exported as constants, and TFLite would lack the weights.
    archive = ExportArchive()
    archive.track(network)
    archive.add_endpoint(PROBABILITIES, probabilities, _INPUT)
    archive.add_endpoint(CLASS, classes, _INPUT)
    archive.write_out(str(directory), verbose=False)
