"""Models to publish, keys to sign them with, and a registry to publish them in."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from inferencectl.sandbox.live.signing_keys import make_signing_keys
from registry.documents import validated
from registry.metadata import Description
from registry.model_files import LocalFile, read_files
from registry.object_store import ObjectStore
from registry.publication import Publication, Published, publish
from registry.signing import KeySigner, KeyVerifier
from tests.s3_server import BUCKET, S3Server

FILES = {
    "saved_model.pb": b"graph",
    "variables/variables.index": b"index",
    "variables/variables data": b"a file with a space in its name",
    "assets.extra/tf_serving_warmup_requests": b"requests",
}
DESCRIPTION: dict[str, Any] = {
    "framework": "tensorflow 2.19.1",
    "dataRevision": "digits-2026-11",
    "codeRevision": "4f1c2aa",
    "licence": "Apache-2.0",
    "dataClass": "public",
    "retentionDays": 365,
    "metrics": {"accuracy": 0.984},
}


def silent(_count: int) -> None:
    """Progress that nobody watches."""


def description(**changes: Any) -> Description:
    return validated(Description, {**DESCRIPTION, **changes}, "description")


def written(directory: Path, **changes: bytes) -> Path:
    """A model's files in a new directory; `changes` are further files by name."""
    for path, content in {**FILES, **changes}.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return directory


@dataclass(frozen=True)
class Keys:
    """A key pair in PEM files."""

    private: Path
    public: Path

    @classmethod
    def made_in(cls, directory: Path) -> "Keys":
        directory.mkdir(parents=True, exist_ok=True)
        keys = cls(directory / "signing.pem", directory / "signing.pub")
        make_signing_keys(keys.private, keys.public)
        return keys


@dataclass(frozen=True)
class Bench:
    """A registry of a test's own, and what it needs to publish the model `digits` there."""

    server: S3Server
    keys: Keys
    directory: Path
    url: str

    @classmethod
    def made(cls, server: S3Server, keys: Keys, directory: Path) -> "Bench":
        return cls(server, keys, directory, f"s3://{BUCKET}/{uuid.uuid4().hex[:12]}")

    @property
    def store(self) -> ObjectStore:
        return ObjectStore(self.url, self.server.url)

    @property
    def verifier(self) -> KeyVerifier:
        return KeyVerifier(self.keys.public)

    def publication(self, name: str = "digits", by: str = "data-science", **changes: Any) -> Publication:
        return Publication(
            name=name, description=description(**changes), published_by=by, signer=KeySigner(self.keys.private)
        )

    @property
    def files(self) -> Sequence[LocalFile]:
        return read_files(self.directory, silent)

    def publish(self, version: int | None = None, name: str = "digits", **changes: Any) -> Published:
        return publish(self.store, self.publication(name, **changes), self.files, version, silent)

    def let_expire(self, label: str) -> None:
        """Make the last day of a label of `digits` yesterday, as if it had been given with that day before."""
        document = json.loads(self.get(f"digits/labels/{label}.json"))
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        self.put(f"digits/labels/{label}.json", json.dumps({**document, "expires": str(yesterday)}).encode())

    def put(self, key: str, content: bytes) -> None:
        self.server.client().put_object(Bucket=BUCKET, Key=self.key(key), Body=content)

    def get(self, key: str) -> bytes:
        return self.server.client().get_object(Bucket=BUCKET, Key=self.key(key))["Body"].read()

    def remove(self, key: str) -> None:
        self.server.client().delete_object(Bucket=BUCKET, Key=self.key(key))

    def key(self, key: str) -> str:
        return f"{self.url.removeprefix(f's3://{BUCKET}/')}/{key}"

    def present(self, folder: str) -> set[str]:
        return {entry.key for entry in self.store.entries(folder)}
