"""A model version in object storage, and a pod that wants it."""

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.model_pod import ModelPod
from tests.s3_server import BUCKET, S3Server

SOURCE = "s3://models/mnist/1"
_PREFIX = "mnist/1/"


def listing_of(files: Mapping[str, bytes]) -> bytes:
    """What `sha256sum` prints of these files."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


@dataclass(frozen=True)
class PublishedModel:
    pod: ModelPod[S3Server]

    @classmethod
    def of(cls, storage: S3Server, home: Path, files: Mapping[str, bytes]) -> "PublishedModel":
        """These files and their listing, and nothing else."""
        listing = listing_of(files)
        version = cls(ModelPod(storage, home, SOURCE, hashlib.sha256(listing).hexdigest()))
        version.pod.mount_credentials()
        for left in storage.client().list_objects_v2(Bucket=BUCKET, Prefix=_PREFIX).get("Contents", []):
            storage.client().delete_object(Bucket=BUCKET, Key=left["Key"])
        for name, content in {**files, "SHA256SUMS": listing}.items():
            version.put(name, content)
        return version

    @property
    def incoming(self) -> Path:
        """Where the files are until all of them are right."""
        return self.pod.directory.with_name("1.incoming")

    def put(self, name: str, content: bytes) -> None:
        self.pod.storage.client().put_object(Bucket=BUCKET, Key=_PREFIX + name, Body=content)

    def remove(self, name: str) -> None:
        self.pod.storage.client().delete_object(Bucket=BUCKET, Key=_PREFIX + name)

    def run(self, script: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return self.pod.run(script, **changes)

    @contextmanager
    def watched(self, most: int | None = None) -> Iterator[list[str]]:
        """The content that is read meanwhile: names, each with its range if it has one; more than `most` is denied."""
        reads: list[str] = []

        def is_allowed(request: Mapping[str, Any]) -> bool:
            name = request["PATH_INFO"].removeprefix(f"/{BUCKET}/{_PREFIX}")
            is_content = request["REQUEST_METHOD"] == "GET" and name not in ("SHA256SUMS", f"/{BUCKET}", f"/{BUCKET}/")
            if not is_content:
                return True
            if len(reads) == most:
                return False
            reads.append(f"{name} {request.get('HTTP_RANGE', '')}".rstrip())
            return True

        self.pod.storage.allows = is_allowed
        try:
            yield reads
        finally:
            self.pod.storage.let_all_pass()


def files_in(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
