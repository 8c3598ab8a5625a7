"""What a bucket policy says to a request, as AWS describes it: moto keeps policies and does not apply them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from tests.s3_server import Guard

_ENCRYPTION = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")
_ACTIONS = {
    "GET": "GetObject",
    "HEAD": "GetObject",
    "PUT": "PutObject",
    "POST": "PutObject",
    "DELETE": "DeleteObject",
}
_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")


@dataclass(frozen=True)
class Request:
    """Who asks for what; `conditions` has the condition keys that the request gives a value to."""

    principal: str
    action: str
    resource: str
    conditions: Mapping[str, str]


def allows(policy: Mapping[str, Any], request: Request) -> bool:
    """Whether some statement allows the request and none denies it."""
    effects = {statement["Effect"] for statement in policy["Statement"] if _is_about(statement, request)}
    return effects == {"Allow"}


def _is_about(statement: Mapping[str, Any], request: Request) -> bool:
    principal = statement["Principal"]
    return (
        (principal == "*" or request.principal in principal["AWS"])
        and _matches(request.action, statement["Action"])
        and _matches(request.resource, statement["Resource"])
        and all(
            _holds(operator, request.conditions.get(key), value)
            for operator, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )
    )


def _matches(value: str, patterns: str | Sequence[str]) -> bool:
    wanted = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in wanted)


def _holds(operator: str, found: str | None, wanted: str) -> bool:
    """A condition on a key that the request does not have holds exactly if its operator is a negated one."""
    match operator:
        case "StringNotEquals":
            return found != wanted
        case "Bool":
            return found == wanted
        case "StringLike":
            return found is not None and fnmatch.fnmatchcase(found, wanted)
    raise ValueError(operator)


def guard(policy: Mapping[str, Any]) -> Guard:
    """What lets a policy decide. Parts and the end of an upload pass: its beginning says how it is encrypted."""
    return lambda environ: "uploadId=" in environ["QUERY_STRING"] or allows(policy, _requested(environ))


def _requested(environ: Mapping[str, Any]) -> Request:
    """The request as S3 judges it. An access key is the identity `arn:aws:iam::0:user/<access key>`."""
    _, bucket, *key = environ["PATH_INFO"].split("/", 2)
    path = f"/{key[0]}" if key and key[0] else ""
    signer = _ACCESS_KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
    given = {
        "aws:SecureTransport": "true",
        "s3:prefix": parse_qs(environ["QUERY_STRING"]).get("prefix", [None])[0],
        **{f"s3:{name}": environ.get(f"HTTP_{name.upper().replace('-', '_')}") for name in _ENCRYPTION},
    }
    return Request(
        principal=f"arn:aws:iam::0:user/{signer[1] if signer else 'nobody'}",
        action=f"s3:{_ACTIONS[environ['REQUEST_METHOD']]}" if path else "s3:ListBucket",
        resource=f"arn:aws:s3:::{bucket}{path}",
        conditions={name: value for name, value in given.items() if value is not None},
    )
