"""``python inspect_versions.py OUTPUT``: what TensorFlow, its protos and scikit-learn find in trained versions.

It runs in the training environment and prints JSON. Of `digits_model` it uses the digits alone.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, recall_score
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from digits_model import data

DIGITS = data.load()


def split() -> dict[str, Any]:
    """How often each row of the data set is in both splits together, and the training split itself."""
    together = np.concatenate([DIGITS.train.pixels, DIGITS.test.pixels])
    everything = load_digits().data
    return {
        "sizes": [len(DIGITS.train.labels), len(DIGITS.test.labels)],
        "whole": sorted(map(tuple, together.tolist())) == sorted(map(tuple, everything.tolist())),
        "trainPixels": DIGITS.train.pixels.tolist(),
        "trainLabels": DIGITS.train.labels.tolist(),
    }


def judged(probabilities: np.ndarray) -> dict[str, Any]:
    """The figures of scikit-learn for a model's answers to the test split."""
    labels, answers = DIGITS.test.labels, probabilities.argmax(axis=1)
    return {
        "accuracy": accuracy_score(labels, answers),
        "loss": log_loss(labels, probabilities.astype(np.float64)),
        "recall": recall_score(labels, answers, average=None).tolist(),
        "confusion": confusion_matrix(labels, answers).tolist(),
        "confidence": probabilities.max(axis=1).tolist(),
    }


def saved_model(directory: Path) -> dict[str, Any]:
    loaded = tf.saved_model.load(str(directory))
    serve = loaded.signatures["serving_default"]
    classes = loaded.signatures["classes"](pixels=tf.constant(DIGITS.test.pixels))
    probabilities = serve(pixels=tf.constant(DIGITS.test.pixels))["probabilities"].numpy()
    return {
        **judged(probabilities),
        "rowSums": [float(probabilities.sum(axis=1).min()), float(probabilities.sum(axis=1).max())],
        "classesAgree": bool((classes["classes"].numpy() == probabilities.argmax(axis=1)).all()),
        "warmUp": warm_up(directory / "assets.extra" / "tf_serving_warmup_requests", loaded.signatures),
        "difference": difference(directory, lambda pixels: serve(pixels=tf.constant(pixels))["probabilities"].numpy()),
    }


def warm_up(file: Path, signatures: Any) -> list[dict[str, Any]]:
    """Every request of the file, answered by the signature that it names."""
    requests = [
        PredictionLog.FromString(record.numpy()).predict_log.request for record in tf.data.TFRecordDataset(file)
    ]
    return [
        {
            "model": request.model_spec.name,
            "signature": request.model_spec.signature_name,
            "rows": request.inputs["pixels"].tensor_shape.dim[0].size,
            "answers": {
                name: tensor.shape.as_list()
                for name, tensor in signatures[request.model_spec.signature_name](
                    pixels=tf.constant(tf.make_ndarray(request.inputs["pixels"]))
                ).items()
            },
        }
        for request in requests
    ]


def tflite(directory: Path) -> dict[str, Any]:
    interpreter = tf.lite.Interpreter(str(directory / "model.tflite"))
    serve = interpreter.get_signature_runner("serving_default")
    ends = {detail["name"] for detail in [*interpreter.get_input_details(), *interpreter.get_output_details()]}
    inner = [detail for detail in interpreter.get_tensor_details() if detail["name"] not in ends]
    return {
        **judged(serve(pixels=DIGITS.test.pixels)["probabilities"]),
        "innerTypes": sorted({np.dtype(detail["dtype"]).name for detail in inner if detail["name"]}),
        "difference": difference(directory, lambda pixels: serve(pixels=pixels)["probabilities"]),
    }


def triton_python(directory: Path) -> dict[str, Any]:
    """The file of the version, without Triton, which the tests of runtimes start."""
    names = runpy.run_path(str(directory / "model.py"))
    classifier = names["Classifier"](directory / "weights.npz")
    return {
        **judged(classifier.predict(DIGITS.test.pixels)),
        "difference": difference(directory, classifier.predict),
    }


def difference(directory: Path, predict: Any) -> float:
    """How far the answers are from those of verification.json, at most."""
    expected = json.loads((directory / "assets.extra" / "verification.json").read_text(encoding="utf-8"))
    answers = predict(np.array(expected["inputs"]["pixels"], np.float32))
    return float(np.abs(answers - np.array(expected["outputs"]["probabilities"])).max())


def main(output: Path) -> None:
    found = {
        "split": split(),
        "1": saved_model(output / "1"),
        **{name: tflite(output / name) for name in ("1-tflite-float", "1-tflite-int8")},
        "1-triton-python": triton_python(output / "1-triton-python"),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
