"""Warm-up requests, which TensorFlow Serving replays before it reports a version as ready."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

from digits_model.saved_model import CLASS, PROBABILITIES

FILE = "tf_serving_warmup_requests"
_BATCHES = (1, 8, 32)


def write(pixels: np.ndarray, model: str, file: Path) -> None:
    """Write a TFRecord of six PredictionLogs: both signatures, with batches of 1, 8 and 32 of `pixels` float32 [n, 64].

    TensorFlow Serving reads at most 1,000.
    """
    with tf.io.TFRecordWriter(str(file)) as records:
        for signature in (PROBABILITIES, CLASS):
            for batch in _BATCHES:
                request = PredictRequest(
                    model_spec=ModelSpec(name=model, signature_name=signature),
                    inputs={"pixels": tf.make_tensor_proto(pixels[:batch])},
                )
                log = PredictionLog(predict_log=PredictLog(request=request))
                records.write(log.SerializeToString())
