"""Asks a server of this machine whether it is ready."""

import ssl
import urllib.error
import urllib.request

PROBE_SECONDS = 2


def http_unready(url: str, context: ssl.SSLContext | None = None) -> str | None:
    """Returns why a GET request to `url` fails; None if it succeeds. `context` is for servers with a certificate."""
    # Ignores the proxy of the caller's environment: the server is on this machine.
    handlers = [urllib.request.ProxyHandler({}), *([urllib.request.HTTPSHandler(context=context)] if context else [])]
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=PROBE_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace").strip() or str(error)
    except OSError as error:
        return str(error)
