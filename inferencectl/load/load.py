"""A load: what is asked, where and how often, as the files and variables that k6 runs with."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.load.tensor import Dialect, Tensor, grpc_message, rest_body, rest_path

SCRIPT = "load.js"
# Nothing is reported to anybody, no port is opened, and standard output has nothing but lines of the script and of
# what went wrong.
ARGUMENTS = ("run", "--quiet", "--no-color", "--address=", "--log-output=stdout", "--log-format=raw", SCRIPT)
_AUTHORITY = "ca.crt"
_FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests to one model: ``rate`` a second over REST and as many over gRPC, for ``seconds``.

    A request without an answer after ``timeout_seconds`` is lost. A connection over REST is used for
    ``connection_seconds`` (0: for one request; None: as long as the server keeps it); one over gRPC as long as the
    server keeps it. Without ``http_port`` or ``grpc_port``, only the other protocol is used. At most ``users`` requests
    of a protocol wait for an answer at a time, and those beyond are dropped; 0 stands for enough that none is. With
    ``authority``, the certificate of one as PEM, connections are made over TLS, to a server that it vouches for.
    """

    dialect: Dialect
    model: str
    inputs: Sequence[Tensor]
    host: str
    http_port: int | None
    grpc_port: int | None
    rate: int
    seconds: int
    timeout_seconds: float = 2.0
    connection_seconds: float | None = 10.0
    users: int = 0
    authority: str | None = None

    @property
    def files(self) -> Mapping[str, str]:
        """The text of every file that k6 reads, by name."""
        return {
            **{file.name: file.read_text(encoding="utf-8") for file in sorted(_FILES.iterdir())},
            "rest.json": rest_body(self.dialect, self.inputs),
            "grpc.json": grpc_message(self.dialect, self.model, self.inputs),
            **({_AUTHORITY: self.authority} if self.authority else {}),
        }

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of k6's environment."""
        variables = {
            "K6_NO_USAGE_REPORT": "true",
            "LOAD_DIALECT": self.dialect.value,
            "LOAD_RATE": str(self.rate),
            "LOAD_SECONDS": str(self.seconds),
            "LOAD_TLS": "true" if self.authority else "",
            "LOAD_TIMEOUT_SECONDS": f"{self.timeout_seconds:g}",
            "LOAD_USERS": str(self.users or math.ceil(self.rate * (self.timeout_seconds + 1))),
        }
        if self.http_port is not None:
            path = rest_path(self.dialect, self.model)
            scheme = "https" if self.authority else "http"
            variables["LOAD_REST_URL"] = f"{scheme}://{self.host}:{self.http_port}{path}"
        if self.grpc_port is not None:
            variables["LOAD_GRPC_ADDRESS"] = f"{self.host}:{self.grpc_port}"
        if self.authority:
            # What Go's programs trust; k6 reads files from the directory that it runs in.
            variables["SSL_CERT_FILE"] = _AUTHORITY
        if self.connection_seconds is not None:
            variables["LOAD_CONNECTION_SECONDS"] = f"{self.connection_seconds:g}"
        return variables
