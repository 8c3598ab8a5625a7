"""A model server for tests, over REST and gRPC on ports of the loopback interface."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import grpc


@contextmanager
def serving(http: ThreadingHTTPServer, handler: grpc.GenericRpcHandler, workers: int) -> Iterator[tuple[str, str]]:
    """Yields the addresses of both while they run, as HOST:PORT: that of `http`, and that of gRPC's `handler`."""
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server = grpc.server(ThreadPoolExecutor(workers))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{http.server_port}", f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
        http.shutdown()
        thread.join()
        http.server_close()
