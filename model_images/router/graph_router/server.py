"""The two ports of the router: one answers clients and the kubelet, the other Prometheus."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from graph_router.asked import Asked
from graph_router.callers import Caller
from graph_router.deadline import TIMEOUT_HEADER, Deadline, budget_spent
from graph_router.errors import Outcome, RoutingError, UnreadableError, refused
from graph_router.graph import Graph
from graph_router.measures import Measures
from graph_router.protocols import decoded
from graph_router.tensors import Tensors, tensors_in, written
from graph_router.walk import Walk

METRICS_PATH, LIVE_PATH, READY_PATH = "/metrics", "/v2/health/live", "/v2/health/ready"
RETRY_AFTER_SECONDS = 1
_PASSED_ON = ("traceparent", "tracestate", "x-request-id")
_STATUSES: Mapping[Outcome, int] = {
    Outcome.REFUSED: 400,
    Outcome.UNAVAILABLE: 503,
    Outcome.TURNED_AWAY: 503,
    Outcome.FAILED: 502,
    Outcome.TIMED_OUT: 504,
    Outcome.BUDGET_SPENT: 504,
}


class Server:
    """The graph as a model of the open inference protocol.

    No more than the graph's number of requests are answered at a time; the others are turned away at once, so that
    those who wait for an answer get it in time.
    """

    def __init__(self, graph: Graph, caller: Caller, measures: Measures) -> None:
        self._graph, self._caller, self._measures = graph, caller, measures
        self._in_flight = 0
        self.is_draining = False

    def application(self) -> web.Application:
        """What clients ask. Whether models answer is no part of being ready: other pods do not reach them either."""
        application = web.Application(client_max_size=self._graph.most_bytes)
        model = f"/v2/models/{self._graph.name}"
        application.router.add_post(f"{model}/infer", self._infer)
        application.router.add_get(model, self._metadata)
        application.router.add_get(LIVE_PATH, _alive)
        for path in (READY_PATH, f"{model}/ready"):
            application.router.add_get(path, self._ready)
        return application

    async def _metadata(self, _: web.Request) -> web.Response:
        described = {"name": self._graph.name, "platform": "inference-graph", "inputs": self._graph.inputs}
        return web.json_response({**described, "outputs": []})

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(status=503 if self.is_draining else 200)

    async def _infer(self, request: web.Request) -> web.Response:
        if self._in_flight >= self._graph.most_requests:
            self._measures.turned_away()
            return _error(RoutingError(Outcome.TURNED_AWAY, "the graph has as many requests as it may have"))
        self._in_flight += 1
        try:
            with self._measures.request():
                answer = await self._answer(request)
        except RoutingError as error:
            answer = _error(error)
        finally:
            self._in_flight -= 1
        if self.is_draining:
            answer.force_close()
        return answer

    async def _answer(self, request: web.Request) -> web.Response:
        deadline = Deadline(self._seconds(request.headers.get(TIMEOUT_HEADER)))
        document = await _document(request, deadline)
        try:
            tensors, wanted = tensors_in(document, "inputs"), _wanted(document)
        except UnreadableError as error:
            raise refused(str(error)) from None
        parameters = document.get("parameters")
        circumstances = Asked(
            deadline=deadline,
            parameters=parameters if isinstance(parameters, dict) else {},
            headers={name: request.headers[name] for name in _PASSED_ON if name in request.headers},
        )
        walk = Walk(self._graph, self._caller, self._measures, circumstances)
        answered = _selected(await walk.answer(tensors), wanted)
        told = {"id": document["id"]} if isinstance(document.get("id"), str) else {}
        return web.json_response({"model_name": self._graph.name, **told, "outputs": written(answered)})

    def _seconds(self, asked: str | None) -> float:
        """The graph's budget, or what the client waits for, if that is less."""
        if asked is None:
            return self._graph.budget_seconds
        if not asked.isascii() or not asked.isdigit() or len(asked) > 9 or int(asked) == 0:
            raise refused(f"{TIMEOUT_HEADER} is not a number of milliseconds")
        return min(int(asked) / 1000, self._graph.budget_seconds)


def metrics_application(registry: CollectorRegistry) -> web.Application:
    """What Prometheus asks."""
    application = web.Application()
    application.router.add_get(METRICS_PATH, make_aiohttp_handler(registry))
    return application


async def listen(application: web.Application, host: str, port: int, *, finish_seconds: float) -> web.AppRunner:
    """Serve until the runner is cleaned up, which waits so long for the answers that are being made.

    A request whose client has gone is given up. Compressed bodies stay as they are: a few bytes could be many.
    """
    runner = web.AppRunner(
        application,
        access_log=None,
        auto_decompress=False,
        handler_cancellation=True,
        shutdown_timeout=finish_seconds,
    )
    await runner.setup()
    await web.TCPSite(runner, host or None, port).start()
    return runner


async def _alive(_: web.Request) -> web.Response:
    return web.Response()


async def _document(request: web.Request, deadline: Deadline) -> dict[str, Any]:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise refused("the request is compressed, which is not read")
    try:
        async with asyncio.timeout(deadline.left()):
            body = await request.read()
        document = decoded(body)
    except TimeoutError:
        raise budget_spent() from None
    except web.HTTPRequestEntityTooLarge as error:
        raise refused(f"the request is too large: {error.text}") from None
    except UnreadableError as error:
        raise refused(f"the request cannot be read: {error}") from None
    if not isinstance(document, dict):
        raise refused("the request is not an object of JSON")
    return document


def _wanted(document: Mapping[str, Any]) -> list[str]:
    """The outputs that the client asks for; none for all."""
    asked = document.get("outputs", [])
    named = isinstance(asked, list) and all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in asked
    )
    if not named:
        raise UnreadableError("outputs is not a list of objects with names")
    return [each["name"] for each in asked]


def _selected(answered: Tensors, wanted: list[str]) -> Tensors:
    if unknown := [name for name in wanted if name not in answered]:
        raise refused(f"the graph has no output '{unknown[0]}', but {', '.join(sorted(answered))}")
    return {name: answered[name] for name in wanted} if wanted else answered


def _error(error: RoutingError) -> web.Response:
    status = _STATUSES[error.outcome]
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return web.Response(
        status=status, text=json.dumps({"error": str(error)}), content_type="application/json", headers=headers
    )
