"""The file that `python -m registry publish --description` takes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from digits_model.data import LICENCE
from digits_model.predictor import Signatures

_RETENTION_DAYS = 365


def description(framework: str, data_revision: str, metrics: Mapping[str, float], signatures: Signatures) -> str:
    """The file's text: JSON, which is YAML as well. `metrics` are by name."""
    said = {
        "framework": framework,
        "dataRevision": data_revision,
        "codeRevision": f"sha256:{digest_of(sources())}",
        "licence": LICENCE,
        "dataClass": "public",
        "retentionDays": _RETENTION_DAYS,
        "metrics": metrics,
        "signatures": signatures,
    }
    return json.dumps(said, indent=2) + "\n"


def sources() -> list[Path]:
    """The files of this package; an image has no git repository whose commit could be asked."""
    return sorted(Path(__file__).parent.glob("*.py"))


def digest_of(files: Iterable[Path]) -> str:
    """SHA-256 over the files' names and contents, in their order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
