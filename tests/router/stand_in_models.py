"""Stand-ins for model servers: each computes ``y = factor * x + summand`` and speaks both protocols of the router.

They are no TensorFlow Serving and no Triton: what these two write is that of their documentation.
"""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Rows = list[list[float]]


@dataclass(kw_only=True)
class StandInModel:
    """One model, and how it answers next."""

    factor: float = 1
    summand: float = 0
    seconds: float = 0
    statuses: list[int] = field(default_factory=list)
    """Those of the next answers; 200 afterwards."""
    answer: Any = None
    """A document to answer with, instead of what is computed."""
    asked: list[Mapping[str, str]] = field(default_factory=list)
    """The headers of each request."""

    def of(self, rows: Rows) -> Rows:
        return [[self.factor * value + self.summand for value in row] for row in rows]

    async def respond(self, request: web.Request, document: Any) -> web.Response:
        self.asked.append(dict(request.headers))
        await asyncio.sleep(self.seconds)
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            return web.Response(status=status, text="a stand-in says no")
        return web.json_response(document if self.answer is None else self.answer)


class StandIns:
    """Models by their names, behind one address."""

    def __init__(self, **models: StandInModel) -> None:
        self.models = models

    def application(self) -> web.Application:
        application = web.Application(client_max_size=2**26)
        application.router.add_post("/v1/models/{name}:predict", self._predict)
        application.router.add_post("/v2/models/{name}/infer", self._infer)
        return application

    async def _predict(self, request: web.Request) -> web.Response:
        """TensorFlow Serving's answer does not name the only output."""
        model = self.models[request.match_info["name"]]
        rows = json.loads(await request.read())["inputs"]["x"]
        return await model.respond(request, {"outputs": model.of(rows)})

    async def _infer(self, request: web.Request) -> web.Response:
        model = self.models[request.match_info["name"]]
        (tensor,) = json.loads(await request.read())["inputs"]
        assert (tensor["name"], tensor["datatype"]) == ("x", "FP64")
        (data,) = model.of([tensor["data"]])
        return await model.respond(request, {"outputs": [{**tensor, "name": "y", "data": data}]})


@contextmanager
def in_thread(stand_ins: StandIns) -> Iterator[str]:
    """The address of models that answer until the context ends, whatever the test's own thread does."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(stand_ins.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.append(runner.addresses[0][1])
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
