"""Puts objects under paths of Elasticsearch's API, one after the other, and waits until it is there.

Runs in the tools image, from its text: it may import the standard library and nothing of this repository. Arguments:
the address of the API, a JSON file with the objects by path, the certificate of the server's authority, a folder with
the files ``username`` and ``password``, and for how many seconds it is tried. Every request may be repeated: it says
what is to be, and not what is to be changed.
"""

import base64
import json
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_PAUSE_SECONDS = 5
_ANSWER_SECONDS = 30
# Elasticsearch answers so while it starts, has no leader or has too much to do, or before it knows its users.
_TRIED_AGAIN = frozenset({401, 408, 429, 500, 502, 503, 504})


class RefusedError(Exception):
    """Elasticsearch has answered that it does not take an object."""


def put(address: str, path: str, body: bytes, basic: str, context: ssl.SSLContext | None) -> bool:
    """Whether the object is taken; if not, it is tried again. Raises RefusedError where that changes nothing."""
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
    request = urllib.request.Request(address + path, data=body, method="PUT", headers=headers)  # noqa: S310 - of the stack
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS, context=context) as answer:  # noqa: S310
            acknowledged = json.loads(answer.read()).get("acknowledged")
            return acknowledged is True
    except urllib.error.HTTPError as error:
        answer = error.read().decode(errors="replace")
        sys.stderr.write(f"{path}: {error.code} {answer}\n")
        if error.code not in _TRIED_AGAIN:
            raise RefusedError(f"{path}: {error.code}") from error
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{path}: {error}\n")
    return False


def main(arguments: list[str]) -> int:
    """Returns 0 once all are taken, 1 if time has run out, and 3 if one is refused."""
    address, requests, authority, user, seconds = arguments
    who, word = ((Path(user) / name).read_text().strip() for name in ("username", "password"))
    basic = base64.b64encode(f"{who}:{word}".encode()).decode()
    context = ssl.create_default_context(cafile=authority) if address.startswith("https:") else None
    deadline = time.monotonic() + float(seconds)
    for path, wanted in json.loads(Path(requests).read_text()).items():
        body = json.dumps(wanted).encode()
        try:
            while not put(address, path, body, basic, context):
                if time.monotonic() >= deadline:
                    return 1
                time.sleep(_PAUSE_SECONDS)
        except RefusedError:
            return 3
        sys.stderr.write(f"{path}: taken\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
