"""The servers themselves with the flags that a stack may set: each is known, and none keeps a model from answering."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from settings.consistency.server_issues import SERVER_NAMES
from settings.server.names import Kind
from tests.runtimes import test_torchserve_server, torchserve_process, triton_process
from tests.runtimes.processes import asked
from tests.waiting import soon

SAMPLES: Mapping[Kind, Any] = {Kind.SWITCH: True, Kind.NUMBER: 2}
TRITON: Mapping[str, Any] = {
    "log-verbose": 1,
    "log-format": "ISO8601",
    "http-header-forward-pattern": "x-tenant.*",
    "grpc-header-forward-pattern": "x-tenant.*",
    "grpc-infer-response-compression-level": "low",
    "grpc-keepalive-time": 60_000,
    "grpc-keepalive-timeout": 20_000,
    "metrics-interval-ms": 5000,
    "rate-limit": "execution_count",
    "pinned-memory-pool-byte-size": 1_048_576,
    "cuda-memory-pool-byte-size": "0:1048576",
    "cuda-virtual-address-size": "0:1048576",
    "min-supported-compute-capability": 6.0,
}
TORCHSERVE: Mapping[str, Any] = {
    "max_request_size": 65_536,
    "max_response_size": 65_536,
    "cors_allowed_origin": "https://shop.example",
    "cors_allowed_methods": "GET, POST",
    "cors_allowed_headers": "X-Tenant",
    "ipex_enable": False,
}


def every_flag(runtime: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: values[name] if name in values else SAMPLES[kind] for name, kind in SERVER_NAMES[runtime].flags.items()
    }


def test_triton_answers_with_every_flag(triton_python: Path, tmp_path: Path) -> None:
    place, _ = triton_process.placed(tmp_path, triton_process.served(server_flags=every_flag("triton", TRITON)))
    with triton_process.started(triton_python, place) as server:
        soon(lambda: place.ready() or server.poll() is not None, "the model is loaded")
        assert server.poll() is None, (tmp_path / "log").read_text()
        asking = {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1.0, 2.0]}]}
        status, text = asked(place.url(place.server.http_port, f"{place.server.http_prefix}/infer"), asking)
        assert status == 200, text
    log = (tmp_path / "log").read_text()
    assert re.match(r"\d{4}-\d\d-\d\dT", log), "log-format says how lines begin"


def test_triton_ends_at_a_flag_that_it_does_not_know(triton_python: Path, tmp_path: Path) -> None:
    place, _ = triton_process.placed(tmp_path, triton_process.served(server_flags={"http-thread-cuont": 2}))
    with triton_process.started(triton_python, place) as server:
        soon(lambda: server.poll() is not None, "the server ends")
        assert server.returncode != 0


def test_torchserve_answers_with_every_key_and_keeps_to_it(torchserve_python: Path, tmp_path: Path) -> None:
    flags = every_flag("torchserve", TORCHSERVE)
    place, folder = torchserve_process.placed(tmp_path, torchserve_process.served(server_flags=flags))
    torchserve_process.archive(torchserve_python, folder)
    with test_torchserve_server.started(torchserve_python, place):
        soon(lambda: test_torchserve_server.has_started(torchserve_python, place), "the model is loaded")
        soon(place.ready, "its workers live")
        assert torchserve_process.predicted(place, [1, 2]) == {"y": [2, 4]}
        too_large = {"x": [1] * 100_000}
        status, _ = asked(place.url(place.server.http_port, place.server.http_prefix), too_large)
        assert status in (0, 413)
