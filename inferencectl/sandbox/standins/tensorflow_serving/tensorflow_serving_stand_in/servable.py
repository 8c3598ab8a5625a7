"""One version of a model: a SavedModel in a session of TensorFlow, as TensorFlow Serving runs it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tensorflow_serving_stand_in.errors import invalid

Arrays = Mapping[str, np.ndarray]
"""Tensors by the names that a signature gives them."""
Run = Callable[["Servable", str, Arrays, Sequence[str]], Arrays]
"""Runs a signature of a servable; returns the named outputs."""

WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"
_MOST_WARM_UP_REQUESTS = 1000
_TAG = "serve"


class Servable:
    """The SavedModel in `directory`, loaded; any thread can run it.

    Raises:
        Exception: TensorFlow's own, of several types, if it cannot be loaded.
    """

    def __init__(self, directory: Path, threads: Any) -> None:
        self.directory = directory
        self._session = tf.compat.v1.Session(graph=tf.Graph(), config=threads)
        meta_graph = tf.compat.v1.saved_model.load(self._session, [_TAG], str(directory))
        self.signatures: Mapping[str, Any] = dict(meta_graph.signature_def)

    def run(self, signature: str, inputs: Arrays, outputs: Sequence[str]) -> Arrays:
        """Compute the named outputs of a signature that has them.

        Raises:
            ServingError: TensorFlow refuses the inputs, such as for their shape.
        """
        definition = self.signatures[signature]
        fed = {definition.inputs[name].name: array for name, array in inputs.items()}
        fetched = {name: definition.outputs[name].name for name in outputs}
        try:
            return self._session.run(fetched, fed)
        except ValueError as error:
            raise invalid(str(error)) from None
        except tf.errors.OpError as error:
            raise invalid(error.message) from None

    def warm_up_requests(self) -> Iterator[Any]:
        """The requests that lie among the version's files.

        Raises:
            ServingError: there are more than TensorFlow Serving accepts.
        """
        file = self.directory / WARM_UP
        if not file.exists():
            return
        for number, record in enumerate(tf.compat.v1.io.tf_record_iterator(str(file))):
            if number >= _MOST_WARM_UP_REQUESTS:
                raise invalid(f"{file}: more than {_MOST_WARM_UP_REQUESTS} warm-up requests")
            yield PredictionLog.FromString(record).predict_log.request


def array_of(tensor: Any) -> np.ndarray:
    """The content of a TensorProto.

    Raises:
        ServingError: its content does not have its shape or type.
    """
    try:
        return tf.make_ndarray(tensor)
    except (TypeError, ValueError) as error:
        raise invalid(str(error)) from None


def tensor_of(array: np.ndarray) -> Any:
    """An array as a TensorProto."""
    return tf.make_tensor_proto(array)


def threads_of(intra_op: int, inter_op: int) -> Any:
    """The session's configuration: 0 is TensorFlow's own choice."""
    return tf.compat.v1.ConfigProto(intra_op_parallelism_threads=intra_op, inter_op_parallelism_threads=inter_op)


def microseconds_since(started: float) -> float:
    """How long ago `time.perf_counter` was `started`."""
    return (time.perf_counter() - started) * 1e6
