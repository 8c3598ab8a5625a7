"""A folder of an S3 bucket, with conditional writes."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from registry.bucket_url import bucket_and_prefix
from registry.download import Download
from registry.errors import BAD_INPUT, RegistryError, bad_input
from registry.model_files import Progress

# Of concurrent writes, S3 may answer one with a conflict instead of a failed precondition.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_LOST = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_ABSENT = {"NoSuchKey", "404"}
_FORBIDDEN = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "403"}
_TRANSIENT = {"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling"}
# boto3's own variable. Its default is a checksum behind the content, which some storage refuses and other keeps as part
# of the object (https://github.com/boto/boto3/issues/4435). The signature of the request covers the content instead.
_CHECKSUMS = "AWS_REQUEST_CHECKSUM_CALCULATION"


@dataclass(frozen=True)
class StoredObject:
    """The content of an object, and the ETag that identifies it."""

    content: bytes
    tag: str


@dataclass(frozen=True)
class Entry:
    """An object in a listing: its key relative to the registry, its size in bytes and when it was last modified."""

    key: str
    size: int
    modified: datetime


class ObjectStore:
    """The objects below `url` (`s3://bucket/prefix`). Region and credentials come from the usual AWS environment.

    With `kms_key`, the identifier of a key in the storage's KMS, the storage encrypts every object with that key.
    Each request is tried up to four times and waits at most `read_seconds` for a response. If all attempts fail, or the
    storage refuses the request, methods raise RegistryError.
    """

    def __init__(
        self, url: str, endpoint: str | None = None, kms_key: str | None = None, read_seconds: float = 60
    ) -> None:
        self.url = url.rstrip("/")
        self._bucket, self._prefix = bucket_and_prefix(url)
        self._encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        config = Config(
            connect_timeout=5,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": 4},
            request_checksum_calculation=os.environ.get(_CHECKSUMS) or "when_required",
            s3={"payload_signing_enabled": True},
        )
        try:
            # A separate session: the default one caches the first credentials it finds and is not thread-safe.
            self._s3: Any = boto3.Session().client("s3", endpoint_url=endpoint, config=config)
        except (ValueError, BotoCoreError) as error:
            raise bad_input(f"endpoint {endpoint!r}: {error}", "correct the endpoint or the AWS settings") from None

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self._bucket

    @property
    def prefix(self) -> str:
        """Prefix of all keys in the bucket: empty, or a folder with a trailing slash."""
        return self._prefix

    def read(self, key: str) -> StoredObject | None:
        """The object, or None if it does not exist."""
        with self._translated_errors(f"reading {key}"):
            try:
                download = self._download(key)
                return StoredObject(b"".join(download), download.tag)
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise

    def chunks(self, key: str) -> Iterator[bytes]:
        """The content of the object in chunks."""
        with self._translated_errors(f"reading {key}"):
            yield from self._download(key)

    def create(self, key: str, content: bytes) -> bool:
        """Create an object; return false if it exists with other content.

        A write that is retried because its response was lost finds its own object, which counts as success.
        """
        return self._put(key, content, IfNoneMatch="*") or self._holds(key, content)

    def replace(self, key: str, content: bytes, tag: str) -> bool:
        """Overwrite the object if it still has `tag`; return false if it was changed by someone else."""
        return self._put(key, content, IfMatch=tag) or self._holds(key, content)

    def put(self, key: str, content: bytes) -> None:
        """Write an object unconditionally; for content that is the same no matter who writes it."""
        self._put(key, content)

    def require_conditions(self, key: str) -> None:
        """Check that the storage supports conditional writes; otherwise two publishers would overwrite each other.

        Attempts to overwrite the existing object `key` on the condition that it does not exist.

        Raises:
            RegistryError: the storage ignored the condition.
        """
        found = self.read(key)
        if found and self._put(key, found.content, IfNoneMatch="*"):
            raise bad_input(
                f"{self.url}: the storage ignores If-None-Match, so publishers could overwrite each other's versions",
                "use storage that supports conditional writes",
            )

    def require_kept(self, key: str, content: bytes) -> None:
        """Check that an object that was just written reads as it was written; otherwise delete it.

        Raises:
            RegistryError: the storage keeps something else.
        """
        found = self.read(key)
        if found is None or found.content != content:
            self.delete([key])
            raise self.not_kept(key, len(content), len(found.content) if found else None)

    def not_kept(self, key: str, written_bytes: int, kept_bytes: int | None) -> RegistryError:
        """The error that the storage does not keep what is written to it."""
        kept = "nothing" if kept_bytes is None else f"{kept_bytes} bytes"
        return bad_input(
            f"{self.url}: the storage does not keep what is written: of {written_bytes} bytes of {key} it has {kept}",
            f"use storage that does, or unset {_CHECKSUMS}"
            if os.environ.get(_CHECKSUMS)
            else "use another endpoint, or ask who runs the storage",
        )

    def upload(self, key: str, file: Path, progress: Progress) -> None:
        """Upload a file, in several parts if it is large."""
        with self._translated_errors(f"writing {key}"):
            how = {"ExtraArgs": self._encryption, "Callback": progress}
            self._s3.upload_file(str(file), self._bucket, self._prefix + key, **how)

    def entries(self, folder: str) -> Iterator[Entry]:
        """Every object below `folder/`."""
        with self._translated_errors(f"listing {folder}"):
            for page in self._pages(f"{self._prefix}{folder}/"):
                for found in page.get("Contents", []):
                    key = found["Key"].removeprefix(self._prefix)
                    yield Entry(key, found["Size"], found["LastModified"])

    def folders(self) -> Sequence[str]:
        """The names of the folders directly below the registry."""
        with self._translated_errors(f"listing {self.url}"):
            pages = list(self._pages(self._prefix, Delimiter="/"))
        found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        return [prefix.removeprefix(self._prefix).rstrip("/") for prefix in found]

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that do not exist are ignored."""
        for key in keys:
            with self._translated_errors(f"deleting {key}"):
                self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    def _download(self, key: str) -> Download:
        return Download(self._s3, self._bucket, self._prefix + key)

    def _pages(self, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        yield from self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **more)

    def _put(self, key: str, content: bytes, **condition: str) -> bool:
        with self._translated_errors(f"writing {key}"):
            try:
                how = {**condition, **self._encryption}
                self._s3.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=content, **how)
            except ClientError as error:
                if condition and _code(error) in _LOST:
                    return False
                raise
        return True

    def _holds(self, key: str, content: bytes) -> bool:
        found = self.read(key)
        return found is not None and found.content == content

    @contextmanager
    def _translated_errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except (NoCredentialsError, NoRegionError) as error:
            raise bad_input(
                f"{self.url}: {error}", "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION"
            ) from None
        except ClientError as error:
            raise self._refused(action, error) from None
        except (BotoCoreError, Boto3Error) as error:
            if isinstance(refusal := error.__context__, ClientError):  # of an upload, which boto3 wraps
                raise self._refused(action, refusal) from None
            raise RegistryError(
                f"{self.url}: {action} failed: {error}", "check the endpoint and the network, then try again"
            ) from None

    def _refused(self, action: str, error: ClientError) -> RegistryError:
        code = _code(error)
        message = f"{self.url}: {action} was refused: {error.response['Error'].get('Message') or code} ({code})"
        if code == "NoSuchBucket":
            return RegistryError(
                message, "correct the name, or ask the platform team to create the bucket", exit_code=BAD_INPUT
            )
        if code in _FORBIDDEN:
            return RegistryError(message, "check the credentials and their permissions", exit_code=BAD_INPUT)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _TRANSIENT or status == 429 or (status >= 500 and status != 501):
            return RegistryError(message, "try again; nothing incomplete is visible")
        if code == "RequestTimeTooSkewed":
            return RegistryError(message, "set the clock of this machine", exit_code=BAD_INPUT)
        remedy = "correct the endpoint and the AWS settings, or use storage that supports this request"
        return RegistryError(message, remedy, exit_code=BAD_INPUT)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
