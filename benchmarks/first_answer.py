"""A client that asks the digits model from this machine until it gets a prediction."""

import json
import time
import urllib.request
from http import HTTPStatus
from http.client import HTTPException

from inferencectl.live_load import MODEL
from inferencectl.live_stack import EXAMPLE_REQUEST
from inferencectl.sandbox.local_addresses import LocalAddresses
from inferencectl.stack_nodes import LIVE
from inferencectl.workspace.project import Project

PATH = f"/v2/models/{MODEL}/infer"
_PAUSE_SECONDS = 0.02
_TIMEOUT_SECONDS = 5
# Without the caller's proxies, through which this machine is not reached.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def local_url(project: Project) -> str:
    """Where the digits model of the live stack of a checkout is asked on this machine."""
    addresses = LocalAddresses(directory=project.cluster_directory(LIVE)).known()
    return f"http://{addresses[f'{MODEL}:http']}{PATH}"


def first_answer(url: str) -> float:
    """When the first prediction came, in seconds since 1970."""
    while not _is_answered(url):
        time.sleep(_PAUSE_SECONDS)
    return time.time()


def _is_answered(url: str) -> bool:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, EXAMPLE_REQUEST.read_bytes(), headers)  # noqa: S310 - this machine
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as response:
            return response.status == HTTPStatus.OK and bool(json.load(response)["outputs"])
    except (OSError, HTTPException):
        return False
