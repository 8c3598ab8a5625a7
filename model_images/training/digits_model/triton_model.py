"""The classifier for Triton's Python backend: numpy alone, with the weights beside this file.

Training copies this file into a version as `model.py`, so it imports nothing of its package.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS = "weights.npz"
DIGIT = "digit"
"""The output with the number of the highest probability, for who reads answers with their own eyes."""
_SIDE = 8
_BRIGHTEST = 16
_KERNEL = 3


class Classifier:
    """The layers of `network`, from its arrays by number: two convolutions and two dense layers, each with a bias."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as arrays:
            self._weights = [arrays[f"arr_{number}"] for number in range(len(arrays.files))]

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """Probabilities float32 [n, 10] of pixels float32 [n, 64]."""
        first, first_bias, second, second_bias, dense, dense_bias, last, last_bias = self._weights
        images = (pixels.astype(np.float32) / np.float32(_BRIGHTEST)).reshape(-1, _SIDE, _SIDE, 1)
        features = _convolved(_convolved(images, first, first_bias), second, second_bias)
        half = _SIDE // 2
        pooled = features.reshape(-1, half, 2, half, 2, features.shape[-1]).max(axis=(2, 4))
        hidden = np.maximum(pooled.reshape(len(pixels), -1) @ dense + dense_bias, 0)
        scores = hidden @ last + last_bias
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)


def _convolved(images: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A convolution with a border of zeros, and the positive part: [n, 8, 8, in] to [n, 8, 8, out]."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_KERNEL, _KERNEL), axis=(1, 2))
    # The windows are [n, 8, 8, in, 3, 3], and the kernel is [3, 3, in, out].
    columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, kernel[..., 0].size)
    convolved = columns @ kernel.reshape(-1, kernel.shape[-1]) + bias
    return np.maximum(convolved, 0).reshape(*images.shape[:3], -1)


class TritonPythonModel:
    """What the backend looks for. Source: https://github.com/triton-inference-server/python_backend"""

    @staticmethod
    def auto_complete_config(config: Any) -> Any:  # noqa: ANN401 - the backend's own class
        """Name the input and the output; without batching, the platform's configuration counts rows as a dimension."""
        rows = [] if config.as_dict()["max_batch_size"] else [-1]
        config.add_input({"name": "pixels", "data_type": "TYPE_FP32", "dims": [*rows, _SIDE * _SIDE]})
        config.add_output({"name": "probabilities", "data_type": "TYPE_FP32", "dims": [*rows, 10]})
        config.add_output({"name": DIGIT, "data_type": "TYPE_INT64", "dims": [*rows, 1]})
        return config

    def initialize(self, args: dict[str, str]) -> None:
        """Load the weights."""
        self._backend = importlib.import_module("triton_python_backend_utils")
        self._classifier = Classifier(Path(args["model_repository"]) / args["model_version"] / WEIGHTS)

    def execute(self, requests: list[Any]) -> list[Any]:
        """Predict the rows of all requests at once, which a server with batching collects."""
        inputs = [self._backend.get_input_tensor_by_name(request, "pixels").as_numpy() for request in requests]
        predicted = self._classifier.predict(np.concatenate(inputs))
        return [self._answer(rows) for rows in np.split(predicted, np.cumsum([len(each) for each in inputs])[:-1])]

    def _answer(self, probabilities: np.ndarray) -> Any:  # noqa: ANN401 - the backend's own class
        outputs = {"probabilities": probabilities, DIGIT: probabilities.argmax(axis=1, keepdims=True)}
        tensors = [self._backend.Tensor(name, values) for name, values in outputs.items()]
        return self._backend.InferenceResponse(tensors)
