"""Upload or download files and compute their SHA-256: the minimum that publishing or verifying has to do.

``python -m benchmarks.registry_plain upload|download DIRECTORY``; the AWS environment variables select the server.
"""

import hashlib
import sys
from pathlib import Path

import boto3

_CHUNK_BYTES = 1 << 20
_BUCKET = "models"


def main(action: str, directory: str) -> None:
    """Upload or download every file of a directory."""
    client = boto3.client("s3")
    for file in sorted(Path(directory).iterdir()):
        key, digest = f"plain/{file.name}", hashlib.sha256()
        if action == "upload":
            with file.open("rb") as content:
                while chunk := content.read(_CHUNK_BYTES):
                    digest.update(chunk)
            client.upload_file(str(file), _BUCKET, key)
        else:
            for chunk in client.get_object(Bucket=_BUCKET, Key=key)["Body"].iter_chunks(_CHUNK_BYTES):
                digest.update(chunk)


if __name__ == "__main__":
    main(*sys.argv[1:])
