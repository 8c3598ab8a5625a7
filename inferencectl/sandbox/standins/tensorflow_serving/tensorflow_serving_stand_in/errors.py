"""The one error of a request: a status of gRPC, which REST has a number for.

Source of the numbers: tensorflow_serving/model_servers/http_server.cc.
"""

from http import HTTPStatus

import grpc

_HTTP = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    grpc.StatusCode.UNIMPLEMENTED: HTTPStatus.NOT_IMPLEMENTED,
    grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class ServingError(Exception):
    """A request that failed; the message is TensorFlow Serving's own, where it has one."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def http_status(self) -> HTTPStatus:
        """The status over REST."""
        return _HTTP.get(self.code, HTTPStatus.INTERNAL_SERVER_ERROR)


class ConfigurationError(Exception):
    """A flag or a file that the server cannot start with."""


def invalid(message: str) -> ServingError:
    """An error of the request itself."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
