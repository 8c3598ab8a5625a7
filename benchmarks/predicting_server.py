"""``python -m benchmarks.predicting_server PORT``: a stand-in for a model server, of which something else is measured.

It answers the predict API of TensorFlow Serving and the open inference protocol with ten probabilities for each row,
two milliseconds later.
"""

import asyncio
import sys

from aiohttp import web

SECONDS = 0.002
PROBABILITIES = [0.01] * 9 + [0.91]


async def _predict(request: web.Request) -> web.Response:
    rows = len((await request.json())["instances"])
    await asyncio.sleep(SECONDS)
    return web.json_response({"predictions": [PROBABILITIES] * rows})


async def _infer(request: web.Request) -> web.Response:
    rows = (await request.json())["inputs"][0]["shape"][0]
    await asyncio.sleep(SECONDS)
    scores = {"name": "scores", "datatype": "FP32", "shape": [rows, 10], "data": PROBABILITIES * rows}
    return web.json_response({"outputs": [scores]})


def main(port: int) -> None:
    """Answer until the process is ended."""
    application = web.Application()
    application.router.add_post("/v1/models/{name}:predict", _predict)
    application.router.add_post("/v2/models/{name}/infer", _infer)
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
