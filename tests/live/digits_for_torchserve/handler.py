"""How TorchServe loads the digits model from an archive; it allows of one class in this file."""

# PyTorch and TorchServe are in the image alone, and the network beside this file.
# pyright: reportMissingImports=false

import json
from pathlib import Path

import numpy as np
import torch
from network import Digits
from ts.torch_handler.base_handler import BaseHandler

WEIGHTS = "weights.npz"


class DigitsHandler(BaseHandler):
    """Rows of 64 pixels in, the digit and its probabilities out."""

    def initialize(self, context):  # noqa: ANN001, ANN201 - TorchServe's own signature
        self.device = torch.device("cpu")
        with np.load(Path(context.system_properties["model_dir"]) / WEIGHTS) as arrays:
            self.model = Digits([arrays[f"arr_{number}"] for number in range(len(arrays.files))]).eval()
        self.initialized = True

    def preprocess(self, data):  # noqa: ANN001, ANN201
        given = [row.get("body") or row.get("data") for row in data]
        # Over HTTP it is parsed already, over gRPC it is not.
        bodies = [each if isinstance(each, dict) else json.loads(bytes(each)) for each in given]
        return torch.tensor([body["pixels"] for body in bodies], dtype=torch.float32)

    def postprocess(self, data):  # noqa: ANN001, ANN201
        return [{"digit": int(row.argmax()), "probabilities": row.tolist()} for row in data]
