"""A model whose files are large, and whose content does not matter."""

import os
from collections.abc import Callable
from pathlib import Path

import yaml

_BLOCK_BYTES = 1 << 20
_DESCRIPTION = {
    "framework": "none",
    "dataRevision": "none",
    "codeRevision": "none",
    "licence": "none",
    "dataClass": "public",
    "retentionDays": 1,
    "metrics": {"accuracy": 0.5},
}


def written(model: Path, files: int, mebibytes: int, progress: Callable[[str], None]) -> Path:
    """Write a model of ``mebibytes`` MiB in equal ``files`` to a new folder, and its description to ``MODEL.yaml``."""
    progress(f"writing {mebibytes:,} MiB in {files} files")
    model.mkdir()
    block = os.urandom(_BLOCK_BYTES)
    for number in range(files):
        with (model / f"variables-{number}").open("wb") as file:
            for _ in range(mebibytes // files):
                file.write(block)
    model.with_name(f"{model.name}.yaml").write_text(yaml.safe_dump(_DESCRIPTION), encoding="utf-8")
    return model
