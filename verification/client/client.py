"""A client for one model: predictions over REST or gRPC, with deadlines and retries."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from verification.client.deadline import Deadline
from verification.client.errors import BadInputError, RefusedError
from verification.client.open_inference.grpc import OpenInferenceGrpcTransport
from verification.client.open_inference.rest import OpenInferenceRestTransport
from verification.client.protocol import ServingProtocol
from verification.client.retry import Retry
from verification.client.tensorflow_serving.grpc import GrpcTransport
from verification.client.tensorflow_serving.rest import RestTransport
from verification.client.tensors import Rows, shape_of
from verification.client.transport import DEFAULT_SIGNATURE, Servable, Signature, Transport, VersionStatus

Result = TypeVar("Result")

_TIMEOUT_SECONDS = 10.0
_REST = {
    ServingProtocol.TENSORFLOW_SERVING: RestTransport,
    ServingProtocol.OPEN_INFERENCE: OpenInferenceRestTransport,
}
_GRPC = {
    ServingProtocol.TENSORFLOW_SERVING: GrpcTransport,
    ServingProtocol.OPEN_INFERENCE: OpenInferenceGrpcTransport,
}
_FORM = "http://HOST:PORT or https://HOST for REST, grpc://HOST:PORT or grpcs://HOST:PORT for gRPC"


class Client:
    """A client for one model, or one version of it, at ``address``; it is safe for use by several threads.

    The scheme of ``address`` is ``http``, ``https``, ``grpc`` or ``grpcs``. A URL of HTTP may have a path, including
    the ``/v1/models/MODEL`` or, for the open inference protocol, ``/v2/models/MODEL`` that the platform prints.
    ``protocol`` is what the server speaks. Without ``version`` the server uses its latest. Each call has a deadline,
    ``timeout_seconds`` from its start, which covers all of its attempts.

    The client uses threads rather than asyncio: most callers are scripts, notebooks and threaded servers, and gRPC does
    its work outside of Python in either case.

    Raises:
        BadInputError: the address is malformed.
    """

    def __init__(  # noqa: PLR0913 - the options of a connection
        self,
        address: str,
        model: str,
        *,
        version: int | None = None,
        protocol: ServingProtocol = ServingProtocol.TENSORFLOW_SERVING,
        timeout_seconds: float = _TIMEOUT_SECONDS,
        retry: Retry | None = None,
    ) -> None:
        self._transport = _transport(address, Servable(model=model, version=version), protocol)
        self._timeout_seconds = timeout_seconds
        self._retry = retry or Retry()
        self._signatures: Mapping[str, Signature] | None = None

    def predict(
        self,
        inputs: Mapping[str, Rows],
        *,
        signature: str = DEFAULT_SIGNATURE,
        timeout_seconds: float | None = None,
    ) -> Mapping[str, Rows]:
        """The outputs for a batch of inputs, both by name: nested lists whose first dimension is the batch.

        Raises:
            BadInputError: the inputs do not fit the signature.
            ServingError: the server did not give a usable response.
        """
        deadline = self._deadline(timeout_seconds)
        form = self._form(signature, deadline)
        _check_inputs(inputs, form)
        return self._retried(lambda: self._transport.predict(signature, form, inputs, deadline), deadline)

    def statuses(self, *, timeout_seconds: float | None = None) -> tuple[VersionStatus, ...]:
        """The state of every version of the model that the server knows.

        Raises:
            ServingError: the server did not give a usable response.
        """
        deadline = self._deadline(timeout_seconds)
        return self._retried(lambda: self._transport.statuses(deadline), deadline)

    def signatures(self, *, timeout_seconds: float | None = None) -> Mapping[str, Signature]:
        """The version's signatures, by name; each call asks the server again.

        Raises:
            ServingError: the server did not give a usable response.
        """
        deadline = self._deadline(timeout_seconds)
        self._signatures = self._retried(lambda: self._transport.signatures(deadline), deadline)
        return self._signatures

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _deadline(self, timeout_seconds: float | None) -> Deadline:
        return Deadline.after(self._timeout_seconds if timeout_seconds is None else timeout_seconds)

    def _retried(self, call: Callable[[], Result], deadline: Deadline) -> Result:
        return self._retry.run(call, deadline)

    def _form(self, signature: str, deadline: Deadline) -> Signature:
        if self._signatures is None:
            self._signatures = self._retried(lambda: self._transport.signatures(deadline), deadline)
        if signature not in self._signatures:
            raise RefusedError(f"no signature '{signature}'; the model has {_listed(self._signatures)}")
        return self._signatures[signature]


def _check_inputs(inputs: Mapping[str, Rows], form: Signature) -> None:
    if inputs.keys() != form.inputs.keys():
        raise BadInputError(f"inputs {_listed(inputs)}; the signature has {_listed(form.inputs)}")
    for name, rows in inputs.items():
        shape = shape_of(rows)
        if not form.inputs[name].fits(shape):
            raise BadInputError(f"input '{name}' has shape {shape}; the signature expects {form.inputs[name].shape}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _transport(address: str, servable: Servable, protocol: ServingProtocol) -> Transport:
    url = urlsplit(address)
    try:
        has_port = url.port is not None
    except ValueError:
        raise BadInputError(f"address '{address}'; expected {_FORM}") from None
    plain = url.hostname and not (url.query or url.fragment or url.username)
    if plain and url.scheme in ("http", "https"):
        return _REST[protocol](_base(url, servable.model), servable)
    if plain and url.scheme in ("grpc", "grpcs") and has_port and not url.path.strip("/"):
        return _GRPC[protocol](url.netloc, servable, encrypted=url.scheme == "grpcs")
    raise BadInputError(f"address '{address}'; expected {_FORM}")


def _base(url: SplitResult, model: str) -> SplitResult:
    return url._replace(path=re.sub(rf"/v[12]/models/{re.escape(model)}/?$", "", url.path))
