"""A folder of an S3 bucket, with writes that happen only where nobody else was first."""

import re
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

from registry.download import Download
from registry.errors import BAD_INPUT, RegistryError, bad_input
from registry.model_files import Progress

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/[A-Za-z0-9_.=/-]*)?")
# Two writes at the same moment can be told apart only later: S3 then answers with a conflict instead of a verdict.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_LOST = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_ABSENT = {"NoSuchKey", "404"}
_FORBIDDEN = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "403"}


@dataclass(frozen=True)
class StoredObject:
    """An object's content, and the tag that says whether it is still the same."""

    content: bytes
    tag: str


@dataclass(frozen=True)
class Entry:
    """An object in a listing: its key below the registry, and its size in bytes."""

    key: str
    size: int
    modified: datetime


class ObjectStore:
    """The objects below `url` (`s3://bucket/prefix`); region and credentials come from the environment, as AWS has it.

    Each request is tried four times, and waits for an answer for `read_seconds` at most. After that, and where the
    storage refuses, every method raises RegistryError.
    """

    def __init__(self, url: str, endpoint: str | None = None, read_seconds: float = 60) -> None:
        match = _URL.fullmatch(url)
        if not match:
            raise bad_input(f"registry {url!r} is no s3://bucket/prefix", "name the bucket and folder of the registry")
        self.url = url.rstrip("/")
        self._bucket = match[1]
        self._prefix = f"{match[2].strip('/')}/" if match[2] and match[2].strip("/") else ""
        config = Config(
            connect_timeout=5, read_timeout=read_seconds, retries={"mode": "standard", "total_max_attempts": 4}
        )
        try:
            # A session of its own: the default one keeps the first credentials it saw, and is not for several threads.
            self._s3: Any = boto3.Session().client("s3", endpoint_url=endpoint, config=config)
        except (ValueError, BotoCoreError) as error:
            raise bad_input(f"endpoint {endpoint!r}: {error}", "correct the endpoint or the AWS settings") from None

    def read(self, key: str) -> StoredObject | None:
        """The object, or None where there is none."""
        with self._told(f"reading {key}"):
            try:
                download = self._download(key)
                return StoredObject(b"".join(download), download.tag)
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise

    def chunks(self, key: str) -> Iterator[bytes]:
        """The object's content, piece by piece."""
        with self._told(f"reading {key}"):
            yield from self._download(key)

    def create(self, key: str, content: bytes) -> bool:
        """Write a new object; false where there is one with other content.

        A write that is repeated because its answer was lost finds its own object, and has succeeded.
        """
        return self._put(key, content, IfNoneMatch="*") or self._holds(key, content)

    def replace(self, key: str, content: bytes, tag: str) -> bool:
        """Write over the object that still has `tag`; false where somebody else was first."""
        return self._put(key, content, IfMatch=tag) or self._holds(key, content)

    def put(self, key: str, content: bytes) -> None:
        """Write an object whose content is decided already, whoever writes it."""
        self._put(key, content)

    def require_conditions(self, key: str) -> None:
        """Refuse storage that takes no heed of conditions: there, two publishers would overwrite each other.

        Writes over the object `key`, which exists, on the condition that it does not.
        """
        found = self.read(key)
        if found and self._put(key, found.content, IfNoneMatch="*"):
            raise bad_input(
                f"{self.url}: the storage ignores If-None-Match, so versions could overwrite each other",
                "use storage with conditional writes",
            )

    def upload(self, key: str, file: Path, progress: Progress) -> None:
        """Write an object from a file, in parts where it is large."""
        with self._told(f"writing {key}"):
            self._s3.upload_file(str(file), self._bucket, self._prefix + key, Callback=progress)

    def entries(self, folder: str) -> Iterator[Entry]:
        """Every object below `folder/`."""
        with self._told(f"listing {folder}"):
            for page in self._pages(f"{self._prefix}{folder}/"):
                for found in page.get("Contents", []):
                    key = found["Key"].removeprefix(self._prefix)
                    yield Entry(key, found["Size"], found["LastModified"])

    def folders(self) -> Sequence[str]:
        """The names of the folders directly below the registry."""
        with self._told(f"listing {self.url}"):
            pages = list(self._pages(self._prefix, Delimiter="/"))
        found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        return [prefix.removeprefix(self._prefix).rstrip("/") for prefix in found]

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is gone already is no error."""
        for key in keys:
            with self._told(f"deleting {key}"):
                self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    def _download(self, key: str) -> Download:
        return Download(self._s3, self._bucket, self._prefix + key)

    def _pages(self, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        yield from self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **more)

    def _put(self, key: str, content: bytes, **condition: str) -> bool:
        with self._told(f"writing {key}"):
            try:
                self._s3.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=content, **condition)
            except ClientError as error:
                if condition and _code(error) in _LOST:
                    return False
                raise
        return True

    def _holds(self, key: str, content: bytes) -> bool:
        found = self.read(key)
        return found is not None and found.content == content

    @contextmanager
    def _told(self, action: str) -> Iterator[None]:
        try:
            yield
        except (NoCredentialsError, NoRegionError) as error:
            raise bad_input(
                f"{self.url}: {error}", "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION"
            ) from None
        except ClientError as error:
            raise self._refused(action, error) from None
        except (BotoCoreError, Boto3Error) as error:
            raise RegistryError(
                f"{self.url}: {action} failed: {error}", "check the endpoint and the network, then run it again"
            ) from None

    def _refused(self, action: str, error: ClientError) -> RegistryError:
        code = _code(error)
        told = f"{self.url}: {action} was refused: {error.response['Error'].get('Message') or code} ({code})"
        if code == "NoSuchBucket":
            return RegistryError(
                told, "correct the name, or let the platform team make the bucket", exit_code=BAD_INPUT
            )
        if code in _FORBIDDEN:
            return RegistryError(told, "check the credentials and what they allow", exit_code=BAD_INPUT)
        return RegistryError(told, "run it again; nothing half-done is visible")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
