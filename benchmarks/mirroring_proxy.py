"""An Envoy that copies a share of the requests to a sampler, as gateways that are built on it write a `RequestMirror`.

One of its ports copies, and the other does not.
"""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inferencectl.sandbox.images.bases import PROXY
from inferencectl.sandbox.ports import LOOPBACK, free_ports, is_free
from inferencectl.sandbox.toolchain.toolchain import cache_directory

_MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_HTTP2: Mapping[str, Any] = {
    "typed_extension_protocol_options": {
        _OPTIONS: {"@type": f"type.googleapis.com/{_OPTIONS}", "explicit_http_config": {"http2_protocol_options": {}}}
    }
}
_START_SECONDS = 30
_SAMPLER = "sampler"


@dataclass(frozen=True, kw_only=True)
class MirroringProxy:
    """The ports of a proxy that runs: what is asked of ``copying`` also goes to the sampler."""

    copying: int
    plain: int


def envoy_program() -> Path:
    """The Envoy of the sandbox's gateway."""
    cache = cache_directory() / "images"
    files = {path: file for each in PROXY.contents for path, file in each.files(cache, lambda _: None).items()}
    return Path(str(files["usr/local/bin/envoy"]))


@contextmanager
def mirroring_proxy(  # noqa: PLR0913 - the servers
    directory: Path, *, percent: int, sampler: int, model: int, plain_model: int, grpc: bool = False
) -> Iterator[MirroringProxy]:
    """A proxy in front of servers on the loopback interface, by their ports; its configuration is in ``directory``.

    With ``grpc``, all of the servers are asked over HTTP/2 without encryption.
    """
    ports = MirroringProxy(**dict(zip(("copying", "plain"), free_ports(2), strict=True)))
    file = directory / "envoy.json"
    file.write_text(
        json.dumps(
            {
                "static_resources": {
                    "listeners": [
                        _listener("copying", ports.copying, percent),
                        _listener("plain", ports.plain, 0),
                    ],
                    "clusters": [
                        {**_cluster(name, port), **(_HTTP2 if grpc else {})}
                        for name, port in (("copying", model), ("plain", plain_model), (_SAMPLER, sampler))
                    ],
                }
            }
        ),
        encoding="utf-8",
    )
    command = [str(envoy_program()), "-c", str(file), "--concurrency", "1", "--disable-hot-restart"]
    with (directory / "envoy.log").open("wb") as log:
        process = subprocess.Popen([*command, "--log-level", "warning"], stdout=log, stderr=log)
        try:
            _await(process, ports, directory / "envoy.log")
            yield ports
        finally:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], ports: MirroringProxy, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while is_free(ports.copying) or is_free(ports.plain):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Envoy did not start: {log.read_text(errors='replace')}")
        time.sleep(0.05)


def _listener(name: str, port: int, percent: int) -> Mapping[str, Any]:
    """Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto"""
    share = {"default_value": {"numerator": percent, "denominator": "HUNDRED"}}
    copies = {"request_mirror_policies": [{"cluster": _SAMPLER, "runtime_fraction": share}]} if percent else {}
    route = {"match": {"prefix": "/"}, "route": {"cluster": name, **copies}}
    manager = {
        "@type": _MANAGER,
        "stat_prefix": name,
        "route_config": {"virtual_hosts": [{"name": name, "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}}],
    }
    connection = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
    return {"name": name, "address": _address(port), "filter_chains": [{"filters": [connection]}]}


def _cluster(name: str, port: int) -> Mapping[str, Any]:
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}]
    return {"name": name, "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


def _address(port: int) -> Mapping[str, Any]:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}
