"""Versions in an S3 server on loopback, and the script that copies one document of them, in a real shell."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from components.object_storage import remote_path
from tests.s3_server import BUCKET, S3Server


@dataclass(frozen=True)
class Published:
    """Versions in object storage, and where a pod would put what they recorded."""

    storage: S3Server
    directory: Path
    script: str
    document: str

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

    def fetch(self, *lines: str, **environment_of_script: str) -> subprocess.CompletedProcess[str]:
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
            **environment_of_script,
        }
        command = ["/bin/sh", "-eu", "-c", self.script]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def recorded(self, model: str) -> Path:
        return self.directory / "expectations" / model / "1" / self.document
