"""An S3 server on the loopback interface, whose requests a test can count, fail, stop at, or end a process at."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "models"
REGION = "eu-central-1"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": REGION}

Hook = Callable[[str, str], None]
"""Is reported the method and the path of a request."""
Guard = Callable[[Mapping[str, Any]], bool]
"""Says of a request, as WSGI has it, whether it is allowed."""


Fault = Callable[[dict[str, Any], Any, Callable[[Any], list[bytes]]], Iterable[bytes]]
"""Answers a request itself, from its WSGI environment, `start_response`, and what carries it out."""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug names it so
        pass


class S3Server:
    """Moto behind two hooks: one before each request is carried out, one after. It takes one request at a time, as
    conditional writes are atomic in S3 and are not in moto."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.before: Hook = _nothing
        self.after: Hook = _nothing
        self.allows: Guard = _anything
        self.fault: Callable[[str, str], Fault | None] = _faultless
        """Is reported the method and the path of a request, and says how it is to fail, if it is."""
        self._moto: Any = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._carry_out, request_handler=_Quiet, ssl_context=tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["S3Server"]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            # Moto keeps the buckets of all its servers in one place.
            if not any(bucket["Name"] == BUCKET for bucket in self.client().list_buckets()["Buckets"]):
                self.client().create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def client(self) -> Any:
        return boto3.client("s3", endpoint_url=self.url)

    def let_all_pass(self) -> None:
        self.before = self.after = _nothing
        self.allows = _anything
        self.fault = _faultless

    def _carry_out(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.before(method, path)
        if not self.allows(environ):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
        if fault := self.fault(method, path):
            return fault(environ, start_response, lambda start: list(self._moto(environ, start)))
        answer = list(self._moto(environ, start_response))
        self.after(method, path)
        return answer


def _nothing(_method: str, _path: str) -> None:
    pass


def _anything(_request: Mapping[str, Any]) -> bool:
    return True


def _faultless(_method: str, _path: str) -> None:
    return None
