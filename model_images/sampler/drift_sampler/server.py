"""The two ports of the sampler: one takes copies, the other answers Prometheus and the kubelet."""

from aiohttp import web
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


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def listen(application: web.Application, host: str, port: int) -> web.AppRunner:
    """Serve until the runner is cleaned up. Compressed bodies stay as they are: a few bytes could be many."""
    runner = web.AppRunner(application, access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, host or None, port).start()
    return runner
