"""A handler for TorchServe without PyTorch: doubles its input, and waits to be loaded until it may."""

import json
import os
import time
from pathlib import Path


class Doubling:
    """What TorchServe makes for each worker."""

    def initialize(self, _context):  # noqa: ANN001, ANN201 - TorchServe's own signature
        while Path(os.environ["HELD"]).exists():
            time.sleep(0.05)

    def handle(self, data, _context):  # noqa: ANN001, ANN201
        bodies = [row.get("body") or row.get("data") for row in data]
        requests = [body if isinstance(body, dict) else json.loads(bytes(body)) for body in bodies]
        return [{"y": [2 * value for value in request["x"]]} for request in requests]
