"""The S3 policy and lifecycle documents that the owner of the registry's bucket applies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from registry.claim import published_numbers
from registry.errors import bad_input
from registry.names import folder, require_name
from registry.object_store import ObjectStore
from registry.retirement import retirement_of

INTERRUPTED_UPLOAD_DAYS = 7
MAX_RULES = 1000
"""Maximum number of rules in a lifecycle. https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Access:
    """ARNs of the identities with access: publishers, and readers by the one model that they may read."""

    publishers: Sequence[str]
    readers: Mapping[str, Sequence[str]]


def bucket_policy(store: ObjectStore, kms_key: str, access: Access) -> Document:
    """A bucket policy that requires TLS and encryption with `kms_key`, and restricts each reader to one model.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html

    Raises:
        RegistryError: the model of a reader is not a valid model name.
    """
    for name in access.readers:
        require_name(name)
    bucket = f"arn:aws:s3:::{store.bucket}"
    everything = [bucket, f"{bucket}/*"]
    # These conditions also hold for a request without encryption headers: StringNotEquals matches an absent key.
    encryption = {"s3:x-amz-server-side-encryption": "aws:kms"}
    key = {"s3:x-amz-server-side-encryption-aws-kms-key-id": kms_key}
    return {
        "Version": "2012-10-17",
        "Statement": [
            _denied("PlainHttp", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}}),
            _denied("NotEncrypted", "s3:PutObject", f"{bucket}/*", {"StringNotEquals": encryption}),
            _denied("OtherKey", "s3:PutObject", f"{bucket}/*", {"StringNotEquals": key}),
            *(_publisher(bucket, store.prefix, access.publishers) if access.publishers else ()),
            *(statement for name, who in access.readers.items() for statement in _reader(bucket, store, name, who)),
        ],
    }


def lifecycle(store: ObjectStore, names: Sequence[str], keep_days: int) -> Document:
    """A lifecycle that deletes retired versions `keep_days` after retirement and interrupted uploads after a week.

    The rules list the versions that are retired now, so the lifecycle must be regenerated from time to time.

    Raises:
        RegistryError: there are more retired versions than a lifecycle can have rules.
    """
    rules = [_interrupted(store.prefix), *(rule for name in names for rule in _retired(store, name, keep_days))]
    if len(rules) > MAX_RULES:
        raise bad_input(
            f"{len(rules) - 1} versions are retired, but a lifecycle has at most {MAX_RULES} rules",
            "specify only some of the models",
        )
    return {"Rules": rules}


def _denied(name: str, action: str, resource: str | list[str], condition: Document) -> Document:
    statement = {"Sid": f"Deny{name}", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition}


def _publisher(bucket: str, prefix: str, who: Sequence[str]) -> Iterator[Document]:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    yield _allowed("Publish", who, actions, f"{bucket}/{prefix}*")
    yield {**_allowed("PublishList", who, ["s3:ListBucket"], bucket), **_below(f"{prefix}*")}


def _reader(bucket: str, store: ObjectStore, name: str, who: Sequence[str]) -> Iterator[Document]:
    # A statement ID consists of letters and digits. Names have no upper-case letters, so no other name becomes the same
    # as one whose hyphens are spelled out: `iris-2` and `iris2` stay distinct.
    identifier = name.capitalize().replace("-", "Dash")
    yield _allowed(f"Read{identifier}", who, ["s3:GetObject"], f"{bucket}/{store.prefix}{name}/*")
    yield {**_allowed(f"List{identifier}", who, ["s3:ListBucket"], bucket), **_below(f"{store.prefix}{name}/*")}


def _allowed(name: str, who: Sequence[str], actions: list[str], resource: str) -> Document:
    principal = {"AWS": list(who)}
    return {"Sid": f"Allow{name}", "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}


def _below(prefix: str) -> Document:
    return {"Condition": {"StringLike": {"s3:prefix": prefix}}}


def _interrupted(prefix: str) -> Document:
    days = {"DaysAfterInitiation": INTERRUPTED_UPLOAD_DAYS}
    filtered = {"ID": "interrupted-uploads", "Status": "Enabled", "Filter": {"Prefix": prefix}}
    return {**filtered, "AbortIncompleteMultipartUpload": days}


def _retired(store: ObjectStore, name: str, keep_days: int) -> Iterator[Document]:
    for number in published_numbers(store, name):
        retirement = retirement_of(store, name, number)
        if retirement:
            last = (retirement.retired_at + timedelta(days=keep_days + 1)).date()
            # A lifecycle date must be midnight UTC.
            midnight = datetime.combine(last, time()).isoformat()
            files = {"ID": f"{name}-{number}", "Status": "Enabled"}
            filtered = {"Filter": {"Prefix": f"{store.prefix}{folder(name, number)}/"}}
            yield {**files, **filtered, "Expiration": {"Date": f"{midnight}Z"}}
