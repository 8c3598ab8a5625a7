"""The gRPC services PredictionService and ModelService.

Sources: tensorflow_serving/apis/prediction_service.proto and model_service.proto, and
tensorflow_serving/model_servers/prediction_service_impl.cc.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc, predict_pb2, prediction_service_pb2_grpc

from tensorflow_serving_stand_in import NAME
from tensorflow_serving_stand_in.errors import ConfigurationError, ServingError
from tensorflow_serving_stand_in.servable import array_of, microseconds_since, tensor_of
from tensorflow_serving_stand_in.service import Service

_UNLIMITED = -1
_OPTIONS = (
    ("grpc.max_receive_message_length", _UNLIMITED),
    ("grpc.max_send_message_length", _UNLIMITED),
    ("grpc.so_reuseport", 0),
)


class GrpcServer:
    """Serves until `drain`, on `port`: the one that is asked for, or a free one for 0."""

    def __init__(self, port: int, threads: int, service: Service, arguments: str = "") -> None:
        options = [*_OPTIONS, *_parsed(arguments)]
        self._server: Any = grpc.server(ThreadPoolExecutor(threads), options=options)
        services = _Services(service)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(services, self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(services, self._server)
        self.port: int = self._server.add_insecure_port(f"0.0.0.0:{port}")

    def start(self) -> None:
        """Open the port."""
        self._server.start()

    def drain(self, seconds: float) -> None:
        """Accept nothing more, and return when every call is answered, or after `seconds`."""
        self._server.stop(seconds).wait()


class _Services(prediction_service_pb2_grpc.PredictionServiceServicer, model_service_pb2_grpc.ModelServiceServicer):
    """Both services; what is not here is answered as unimplemented."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protos name it so
        started, metrics, name = time.perf_counter(), self._service.metrics, request.model_spec.name
        answer = self._answered(context, lambda: self._predicted(request), name)
        metrics.request_latency.add(microseconds_since(started), name, "Predict", "GRPC")
        metrics.requests.add(name, "OK")
        return answer

    def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._answered(context, lambda: self._service.metadata(request.model_spec, list(request.metadata_field)))

    def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._answered(context, lambda: self._service.models.status(request.model_spec))

    def _predicted(self, request: Any) -> Any:
        inputs = {name: array_of(tensor) for name, tensor in request.inputs.items()}
        spec, outputs = self._service.predict(request.model_spec, inputs, list(request.output_filter))
        answer = predict_pb2.PredictResponse(model_spec=spec)
        for name, array in outputs.items():
            answer.outputs[name].CopyFrom(tensor_of(array))
        return answer

    def _answered(self, context: Any, answer: Callable[[], Any], counted: str | None = None) -> Any:
        context.send_initial_metadata((("x-served-by", NAME),))
        try:
            return answer()
        except ServingError as error:
            if counted is not None:
                self._service.metrics.requests.add(counted, error.code.name)
            context.abort(error.code, error.message)
            raise


def _parsed(arguments: str) -> list[tuple[str, int | str]]:
    """The arguments of gRPC's channels, `KEY=VALUE,...`, with numbers as such."""
    pairs = [argument.split("=", 1) for argument in arguments.split(",") if argument]
    if any(len(pair) == 1 for pair in pairs):
        raise ConfigurationError(f"--grpc_channel_arguments={arguments} is not of the form KEY=VALUE,...")
    return [(key, int(value) if value.lstrip("-").isdecimal() else value) for key, value in pairs]
