"""A model of Triton's Python backend: doubles its input, or what ``factor`` says; waits to be loaded until it may."""

import importlib
import time
from pathlib import Path

backend = importlib.import_module("triton_python_backend_utils")


class TritonPythonModel:
    """What the backend looks for."""

    @staticmethod
    def auto_complete_config(config):  # noqa: ANN001, ANN205 - the backend's own signature
        config.add_input({"name": "x", "data_type": "TYPE_FP32", "dims": [2]})
        config.add_output({"name": "y", "data_type": "TYPE_FP32", "dims": [2]})
        return config

    def initialize(self, args):  # noqa: ANN001, ANN201
        self._folder = Path(args["model_repository"]) / args["model_version"]
        while (self._folder / "held").exists():
            time.sleep(0.05)

    def execute(self, requests):  # noqa: ANN001, ANN201
        inputs = [backend.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]
        reported = self._folder / "factor"
        factor = int(reported.read_text()) if reported.exists() else 2
        with (self._folder / "seen").open("a") as seen:
            seen.writelines(f"{x.tolist()}\n" for x in inputs)
        return [backend.InferenceResponse([backend.Tensor("y", factor * x)]) for x in inputs]
