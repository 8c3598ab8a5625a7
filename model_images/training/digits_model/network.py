"""The classifier and its training: the same seed gives the same weights on the same machine."""

import hashlib
import math
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from digits_model.data import BRIGHTEST, CLASSES, PIXELS, Split

_SIDE = 8
_BATCH = 32
_FIRST_RATE = 2e-3


def make_reproducible(seed: int) -> None:
    """Make all computations in this process depend only on `seed`; call this before any other computation."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    # Op determinism does not cover the order of summation across threads.
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)


def trained(split: Split, epochs: int, progress: Callable[[str], None]) -> keras.Model:
    """A classifier from pixels [n, 64] to probabilities [n, 10], trained on `split`."""
    network = _network()
    # The learning rate decays to zero, so that the result depends less on the order of the last digits.
    rate = keras.optimizers.schedules.CosineDecay(_FIRST_RATE, epochs * math.ceil(len(split.labels) / _BATCH))
    network.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")

    def report(epoch: int, logs: dict[str, float]) -> None:
        progress(f"epoch {epoch + 1} of {epochs}: loss {logs['loss']:.4f}")

    reporting = keras.callbacks.LambdaCallback(on_epoch_end=report)
    network.fit(split.pixels, split.labels, batch_size=_BATCH, epochs=epochs, verbose=0, callbacks=[reporting])
    # A copy without the optimiser state, which is twice the size of the weights and not needed for serving.
    served = _network()
    served.set_weights(network.get_weights())
    return served


def digest_of(network: keras.Model) -> str:
    """The SHA-256 over the shape and bytes of every weight, in the order of the network."""
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(str(weight.shape).encode() + np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def _network() -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((PIXELS,), name="pixels"),
            layers.Rescaling(1 / BRIGHTEST),
            layers.Reshape((_SIDE, _SIDE, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
