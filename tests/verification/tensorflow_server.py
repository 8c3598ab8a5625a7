"""The TensorFlow Serving stand-in with two real SavedModels, and with faults that tests ask for.

``tensorflow_server.py DIRECTORY``, run by the Python of the training environment. It saves two small models, writes
what they answer to ``verification.json`` beside the first, and prints its two ports as JSON. ``POST /control`` changes
how it behaves.
"""

# TensorFlow is in an environment of its own.
# pyright: reportMissingImports=false, reportMissingModuleSource=false

import json
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2

from tensorflow_serving_stand_in.configuration import ModelConfiguration
from tensorflow_serving_stand_in.flags import Flags
from tensorflow_serving_stand_in.grpc_api import GrpcServer
from tensorflow_serving_stand_in.metrics import Metrics
from tensorflow_serving_stand_in.models import Found, Models
from tensorflow_serving_stand_in.rest import Handler, RestServer
from tensorflow_serving_stand_in.servable import Servable, threads_of
from tensorflow_serving_stand_in.service import Service

MODEL, VERSION = "digits", 3
ROWS = [[0.0, 0.5, 1.0], [1.0, -1.0, 0.25]]


class Classifier(tf.Module):
    """Scores, classes and names from three features: three outputs of three types."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = tf.Variable(tf.reshape(tf.range(6, dtype=tf.float32) / 10, (3, 2)))

    @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32, name="features")])
    def classify(self, features: Any) -> Any:
        scores = tf.sigmoid(features @ self.weights)
        classes = tf.argmax(scores, axis=1)
        return {"scores": scores, "classes": classes, "names": tf.gather(tf.constant(["even", "odd"]), classes)}

    @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32, name="features")])
    def score(self, features: Any) -> Any:
        return {"scores": tf.sigmoid(features @ self.weights)}


class Faulty(Models):
    """The models, with the faults that `control` asks for."""

    def __init__(self, directory: Path) -> None:
        configuration = ModelConfiguration(name=MODEL, base_path=directory, versions=[VERSION], labels={})
        super().__init__([configuration], Flags(), Metrics())
        self._directory = directory
        self._module = Classifier()
        self._original = self._module.weights.numpy()
        self._models = {"usual": self._saved("usual"), "other": self._saved("other")}
        self.control({})
        self._record()

    def control(self, changes: Any) -> None:
        usual = {"model": "usual", "version": VERSION, "state": "AVAILABLE", "delay_seconds": 0.0, "error": ""}
        self._now = {**usual, **changes}
        if "weight" in changes:
            values = tf.tensor_scatter_nd_update(self._original, [[1, 1]], [float(changes["weight"])])
            self._module.weights.assign(values)
            self._now["model"] = "changed"
            self._models["changed"] = self._saved("changed")

    def find(self, spec: Any) -> Found:
        time.sleep(self._now["delay_seconds"])
        version: Any = self._now["version"]
        if spec.WhichOneof("version_choice") and spec.version.value != version:
            return super().find(spec)  # which has loaded nothing
        return Found(version, self._models[self._now["model"]])

    def status(self, spec: Any) -> Any:
        answer = super().status(type(spec)(name=spec.name))
        (version,) = answer.model_version_status
        version.version, version.status.error_message = self._now["version"], self._now["error"]
        version.state = get_model_status_pb2.ModelVersionStatus.State.Value(self._now["state"])
        return answer

    def _saved(self, name: str) -> Servable:
        signatures: Any = {"serving_default": self._module.classify, "score": self._module.score}
        directory = self._directory / f"{name}-{time.monotonic_ns()}"
        tf.saved_model.save(
            self._module, str(directory), {"other": self._module.classify} if name == "other" else signatures
        )
        return Servable(directory, threads_of(1, 1))

    def _record(self) -> None:
        outputs = self._models["usual"].run("serving_default", {"features": ROWS}, ("scores", "classes", "names"))
        recorded = {
            "schema": 1,
            "signature": "serving_default",
            "inputs": {"features": ROWS},
            "outputs": {
                "scores": outputs["scores"].tolist(),
                "classes": outputs["classes"].tolist(),
                "names": [name.decode() for name in outputs["names"]],
            },
            "tolerance": 1e-4,
        }
        (self._directory / "verification.json").write_text(json.dumps(recorded))


class Controlled(Handler):
    def do_POST(self) -> None:  # noqa: N802 - the base class names it
        if self.path != "/control":
            super().do_POST()
            return
        models: Any = self._server.service.models
        models.control(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._respond(HTTPStatus.OK, "application/json", "{}")


def main() -> None:
    service = Service(Faulty(Path(sys.argv[1])), Servable.run, Metrics())
    server = GrpcServer(0, 4, service)
    server.start()
    RestServer.handler = Controlled
    rest = RestServer(0, 8, service, None)
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"grpc": server.port, "rest": rest.server_port}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()  # until the test closes it, or ends


main()
