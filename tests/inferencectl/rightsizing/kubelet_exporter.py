"""The metrics of a pod as the kubelet's cAdvisor and NVIDIA's DCGM exporter serve them, over HTTP on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def answering(text: str, status: int = 200) -> Iterator[str]:
    """The ``host:port`` of a server that answers every request with ``text``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 - the base class's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def metrics_of(namespace: str, pod: str) -> str:
    """A server that uses 300 MiB and 2,000 MiB of a GPU, beside the total of its pod."""
    of = f'namespace="{namespace}",pod="{pod}"'
    return f"""\
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{{container="model-server",id="/kubepods/a/b",image="x",name="b",{of}}} 314572800
container_memory_working_set_bytes{{container="",id="/kubepods/a",image="",name="",{of}}} 999572800
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{{container="model-server",cpu="total",id="/kubepods/a/b",image="x",name="b",{of}}} 7
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{{gpu="0",UUID="GPU-1",modelName="A100",container="model-server",{of}}} 12
# TYPE DCGM_FI_DEV_FB_USED gauge
DCGM_FI_DEV_FB_USED{{gpu="0",UUID="GPU-1",modelName="A100",container="model-server",{of}}} 2000
"""
