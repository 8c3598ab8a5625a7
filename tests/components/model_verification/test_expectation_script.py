"""The script that fetches what was recorded at publication: a real shell, a real rclone, an S3 server on loopback."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.model_verification.manifests import fetch_script
from components.object_storage import remote_path
from tests.s3_server import BUCKET, S3Server

RECORDED = "assets.extra/verification.json"
FILES = {"saved_model.pb": b"graph", RECORDED: b'{"schema": 1}'}


@dataclass(frozen=True)
class Published:
    """Versions in object storage, and where a pod would put what they recorded."""

    storage: S3Server
    directory: Path

    def publish(self, model: str, files: dict[str, bytes], listed: dict[str, bytes] | None = None) -> str:
        """Put version 1 of a model there, and give its line of the versions file."""
        listing = "".join(
            f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in (listed or files).items()
        ).encode()
        client = self.storage.client()
        for left in client.list_objects_v2(Bucket=BUCKET, Prefix=f"verified/{model}/").get("Contents", []):
            client.delete_object(Bucket=BUCKET, Key=left["Key"])
        for name, content in {**files, "SHA256SUMS": listing}.items():
            client.put_object(Bucket=BUCKET, Key=f"verified/{model}/1/{name}", Body=content)
        return f"{model} 1 {remote_path(f's3://{BUCKET}/verified/{model}/1')} {hashlib.sha256(listing).hexdigest()}\n"

    def fetch(self, *lines: str) -> subprocess.CompletedProcess[str]:
        (self.directory / "versions").write_text("".join(lines))
        for name in ("accessKeyId", "secretAccessKey"):
            (self.directory / name).write_text("key")
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.directory),
            "EXPECTATIONS_DIRECTORY": str(self.directory / "expectations"),
            "VERSIONS_FILE": str(self.directory / "versions"),
            "CREDENTIALS_DIRECTORY": str(self.directory),
            "RCLONE_CONFIG_STORAGE_TYPE": "s3",
            "RCLONE_CONFIG_STORAGE_PROVIDER": "Other",
            "RCLONE_CONFIG_STORAGE_REGION": "eu-central-1",
            "RCLONE_CONFIG_STORAGE_ENDPOINT": self.storage.url,
            "RCLONE_RETRIES": "1",
            "RCLONE_LOW_LEVEL_RETRIES": "1",
        }
        command = ["/bin/sh", "-eu", "-c", fetch_script("assets.extra/verification.json")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def recorded(self, model: str) -> Path:
        return self.directory / "expectations" / model / "1" / RECORDED


@pytest.fixture
def published(s3_server: S3Server, tmp_path: Path) -> Published:
    return Published(s3_server, tmp_path)


def test_what_was_recorded_is_fetched_and_nothing_else(published: Published) -> None:
    done = published.fetch(published.publish("mnist", FILES), published.publish("iris", FILES))
    assert done.returncode == 0, done.stderr
    for model in ("mnist", "iris"):
        assert published.recorded(model).read_bytes() == FILES[RECORDED]
    assert not list(published.directory.rglob("saved_model.pb"))


@pytest.mark.parametrize(
    ("files", "listed"),
    [
        ({"saved_model.pb": b"graph"}, None),
        ({**FILES, RECORDED: b"tampered"}, FILES),
        (FILES, {"saved_model.pb": b"graph"}),
    ],
    ids=["absent", "changed", "not listed"],
)
def test_what_is_not_as_listed_is_left_out_and_reported(
    files: dict[str, bytes], listed: dict[str, bytes] | None, published: Published
) -> None:
    done = published.fetch(published.publish("mnist", files, listed), published.publish("iris", FILES))
    assert done.returncode == 0, done.stderr
    assert "no recorded prediction of mnist 1 (storage:models/verified/mnist/1)" in done.stderr
    assert not published.recorded("mnist").exists()
    assert published.recorded("iris").exists(), "one version must not hide the others"


def test_another_listing_than_the_stack_names_is_refused(published: Published) -> None:
    line = published.publish("mnist", FILES)
    published.publish("mnist", {**FILES, RECORDED: b"another"})
    done = published.fetch(line)
    assert "no recorded prediction of mnist 1" in done.stderr
    assert not published.recorded("mnist").exists()
