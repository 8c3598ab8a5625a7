"""The ports of the sampler: two take copies, over HTTP and gRPC; one answers Prometheus and the kubelet."""

from collections.abc import AsyncIterator

import grpc
from aiohttp import web
from grpc import aio
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from drift_sampler.intake import Intake

METRICS_PATH, HEALTH_PATH = "/metrics", "/healthz"


def copies_application(intake: Intake) -> web.Application:
    """Every path and method: a copy is judged once nobody waits for it."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", intake.take)
    return application


def metrics_application(registry: CollectorRegistry) -> web.Application:
    """Metrics, and whether the process still answers."""
    application = web.Application()
    application.router.add_get(METRICS_PATH, make_aiohttp_handler(registry))
    application.router.add_get(HEALTH_PATH, _alive)
    return application


class Calls(grpc.GenericRpcHandler):
    """Every method, whose messages stay bytes: what they are is found out once nobody waits for it."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """As if each method took a stream: the beginning of a call is seen, also where its message is too large."""
        method = handler_call_details.method

        async def take(messages: AsyncIterator[bytes], _: object) -> bytes:
            await self._intake.take_call(method, messages)
            return b""

        return grpc.stream_unary_rpc_method_handler(take)  # pyright: ignore[reportArgumentType] - of grpc.aio


async def listen_to_calls(intake: Intake, host: str, port: int, *, most_bytes: int) -> aio.Server:
    """Serve until the server is stopped. Compressed messages stay as they are: a few bytes could be many."""
    options = [("grpc.max_receive_message_length", most_bytes), ("grpc.per_message_decompression", 0)]
    server = aio.server(options=options)
    server.add_generic_rpc_handlers((Calls(intake),))
    server.add_insecure_port(f"{host or '[::]'}:{port}")
    await server.start()
    return server


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def listen(application: web.Application, host: str, port: int) -> web.AppRunner:
    """Serve until the runner is cleaned up. Compressed bodies stay as they are: a few bytes could be many."""
    runner = web.AppRunner(application, access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, host or None, port).start()
    return runner
