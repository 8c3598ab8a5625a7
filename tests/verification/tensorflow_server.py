"""A server that speaks TensorFlow Serving's own protos and its REST API, with real SavedModels behind it.

``tensorflow_server.py DIRECTORY``, run by the Python of the training environment. It saves two small models, writes
what they answer to ``verification.json`` beside the first, and prints its two ports as JSON. ``POST /control`` changes
how it behaves.
"""

# TensorFlow is in an environment of its own.
# pyright: reportMissingImports=false, reportMissingModuleSource=false, reportPossiblyUnboundVariable=false

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

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


class Served:
    """One SavedModel as it was loaded, and the definitions of its signatures as its file has them."""

    def __init__(self, directory: Any) -> None:
        self.loaded = tf.saved_model.load(str(directory))
        file = saved_model_pb2.SavedModel.FromString((directory / "saved_model.pb").read_bytes())
        self.definitions = file.meta_graphs[0].signature_def

    def run(self, signature: Any, tensors: Any) -> Any:
        return self.loaded.signatures[signature](**tensors)


class State:
    """What the server does, and how often it was asked to predict."""

    def __init__(self, directory: Any) -> None:
        module = Classifier()
        tf.saved_model.save(
            module, str(directory / "usual"), {"serving_default": module.classify, "score": module.score}
        )
        tf.saved_model.save(module, str(directory / "other"), {"other": module.classify})
        self.models = {name: Served(directory / name) for name in ("usual", "other")}
        self.original = self.variable.numpy()
        self.reset()
        outputs = self.served.run("serving_default", {"features": tf.constant(ROWS)})
        recorded = {
            "schema": 1,
            "signature": "serving_default",
            "inputs": {"features": ROWS},
            "outputs": {name: plain(outputs[name]) for name in ("scores", "classes", "names")},
            "tolerance": 1e-4,
        }
        (directory / "verification.json").write_text(json.dumps(recorded))

    @property
    def served(self) -> Any:
        return self.models[self.model]

    @property
    def variable(self) -> Any:
        return self.models["usual"].loaded.signatures["serving_default"].variables[0]

    def reset(self) -> None:
        self.model, self.version, self.state = "usual", VERSION, "AVAILABLE"
        self.delay_seconds, self.error = 0.0, ""
        self.variable.assign(self.original)

    def control(self, changes: Any) -> None:
        self.reset()
        if "weight" in changes:
            self.variable.assign(tf.tensor_scatter_nd_update(self.original, [[1, 1]], [float(changes.pop("weight"))]))
        for name, value in changes.items():
            setattr(self, name, value)

    def predict(self, version: Any, signature: Any, tensors: Any) -> Any:
        time.sleep(self.delay_seconds)
        if version not in (None, self.version):
            raise LookupError(f"Servable not found for request: Specific({MODEL}, {version})")
        return self.served.run(signature or "serving_default", tensors)

    def status(self) -> Any:
        answer = get_model_status_pb2.GetModelStatusResponse()
        state = get_model_status_pb2.ModelVersionStatus.State.Value(self.state)
        version = answer.model_version_status.add(version=self.version, state=state)
        version.status.error_message = self.error
        return answer

    def metadata(self) -> Any:
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, definition in self.served.definitions.items():
            signatures.signature_def[name].CopyFrom(definition)
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        answer.metadata["signature_def"].Pack(signatures)
        return answer


def plain(tensor: Any) -> Any:
    values = tensor.numpy()
    return [value.decode() for value in values] if tensor.dtype == tf.string else values.tolist()


class Grpc(prediction_service_pb2_grpc.PredictionServiceServicer, model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, state: Any) -> None:
        self.state = state

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protos name it
        tensors = {name: tf.constant(tf.make_ndarray(tensor)) for name, tensor in request.inputs.items()}
        version = request.model_spec.version.value if request.model_spec.HasField("version") else None
        try:
            outputs = self.state.predict(version, request.model_spec.signature_name, tensors)
        except LookupError as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        answer = predict_pb2.PredictResponse()
        for name, tensor in outputs.items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(tensor))
        return answer

    def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return self.state.metadata()

    def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.model_spec.name != MODEL:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Could not find any versions of model {request.model_spec.name}")
        return self.state.status()


def rest(state: Any) -> Any:
    class Rest(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body go together, or the second waits for the first to be acknowledged

        def do_GET(self) -> None:
            if not self.path.startswith(f"/v1/models/{MODEL}"):
                self.answer(404, {"error": "Could not find any versions of the model"})
            elif self.path.endswith("/metadata"):
                self.answer(200, written(state.metadata()))
            else:
                self.answer(200, written(state.status()))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/control":
                state.control(body)
                self.answer(200, {})
                return
            version = int(self.path.split("/versions/")[1].partition(":")[0]) if "/versions/" in self.path else None
            inputs = {name: tf.constant(rows, tf.float32) for name, rows in body["inputs"].items()}
            try:
                outputs = state.predict(version, body.get("signature_name"), inputs)
            except LookupError as error:
                self.answer(404, {"error": str(error)})
                return
            values = {name: plain(tensor) for name, tensor in outputs.items()}
            self.answer(200, {"outputs": values if len(values) > 1 else next(iter(values.values()))})

        def answer(self, status: Any, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    return Rest


def written(message: Any) -> Any:
    """As TensorFlow Serving writes its messages: its own names, defaults included, an Any with its content."""
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def main() -> None:
    state = State(Path(sys.argv[1]))
    server = grpc.server(ThreadPoolExecutor(4))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Grpc(state), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Grpc(state), server)
    grpc_port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    http = ThreadingHTTPServer(("127.0.0.1", 0), rest(state))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"grpc": grpc_port, "rest": http.server_port}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()  # until the test closes it, or ends


main()
