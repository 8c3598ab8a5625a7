"""A server from its start to the end of its last request."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

import tensorflow as tf

from tensorflow_serving_stand_in import configuration, flags
from tensorflow_serving_stand_in.batching import Batcher
from tensorflow_serving_stand_in.grpc_api import GrpcServer
from tensorflow_serving_stand_in.metrics import Metrics
from tensorflow_serving_stand_in.models import Models
from tensorflow_serving_stand_in.rest import RestServer
from tensorflow_serving_stand_in.servable import Servable
from tensorflow_serving_stand_in.service import Service

_DRAIN_SECONDS = 10
"""Less than what a pod has left after its own drain."""
_GRPC_THREADS = 16
_POLL_SECONDS = 0.05
_log = logging.getLogger(__name__)


def version() -> str:
    """The version of TensorFlow."""
    return str(tf.__version__)


def serve(arguments: Sequence[str]) -> None:
    """Load the models, open the ports, and serve until SIGTERM or SIGINT; what has begun by then is answered.

    Raises:
        ConfigurationError: a flag or file is wrong, or a model cannot be loaded; no port has been opened then.
    """
    # Nothing has to be answered before the ports are open.
    _on_signal(lambda: sys.exit(0))
    tf.get_logger().setLevel(logging.ERROR)
    chosen = flags.parsed(arguments)
    batching = configuration.batching(chosen)
    run = Batcher(batching).run if batching else Servable.run
    metrics = Metrics()
    models = Models(configuration.models(chosen), chosen, metrics)
    shown_at = configuration.metrics_path(chosen)
    models.load(run)
    # Not an event: its wait holds a lock that its set takes, and a signal can come between; and a thread of TensorFlow
    # can get the signal, which leaves this one waiting.
    asked_to_end: list[bool] = []
    _on_signal(lambda: asked_to_end.append(True))
    servers = _opened(chosen, Service(models, run, metrics), shown_at)
    while not asked_to_end:
        time.sleep(_POLL_SECONDS)
    _drain(servers)


def _on_signal(act: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())


def _opened(chosen: flags.Flags, service: Service, shown_at: str | None) -> Sequence[GrpcServer | RestServer]:
    grpc_server = GrpcServer(chosen.port, _GRPC_THREADS, service, chosen.grpc_channel_arguments)
    grpc_server.start()
    _log.info("Running gRPC ModelServer at 0.0.0.0:%s", chosen.port)
    if not chosen.rest_api_port:
        return [grpc_server]
    rest = RestServer(chosen.rest_api_port, chosen.rest_api_num_threads, service, shown_at)
    threading.Thread(target=rest.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()
    _log.info("Exporting HTTP/REST API at: 0.0.0.0:%s", chosen.rest_api_port)
    return [grpc_server, rest]


def _drain(servers: Sequence[GrpcServer | RestServer]) -> None:
    _log.info("no further requests are accepted")
    draining = [threading.Thread(target=server.drain, args=(_DRAIN_SECONDS,)) for server in servers]
    for thread in draining:
        thread.start()
    for thread in draining:
        thread.join()
    _log.info("every request is answered")
