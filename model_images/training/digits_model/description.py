"""The file for `python -m registry publish --description`."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from digits_model.data import LICENCE
from digits_model.predictor import Signatures

_RETENTION_DAYS = 365


def description(framework: str, data_revision: str, metrics: Mapping[str, float], signatures: Signatures) -> str:
    """The text of the file in JSON, which is also valid YAML. `metrics` are by name."""
    content = {
        "framework": framework,
        "dataRevision": data_revision,
        "codeRevision": f"sha256:{digest_of(sources())}",
        "licence": LICENCE,
        "dataClass": "public",
        "retentionDays": _RETENTION_DAYS,
        "metrics": metrics,
        "signatures": signatures,
    }
    return json.dumps(content, indent=2) + "\n"


def sources() -> list[Path]:
    """The source files of this package. Their digest is the code revision, because an image has no Git commit."""
    return sorted(Path(__file__).parent.glob("*.py"))


def digest_of(files: Iterable[Path]) -> str:
    """The SHA-256 over the names and contents of files, in the given order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
