"""The Python generated from the .proto files; ``python -m scripts.messages`` writes it beside them."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACES = ("verification", "inferencectl/sandbox/standins", "model_images/sampler")
PROTOS = tuple(sorted(path.relative_to(ROOT) for place in PLACES for path in (ROOT / place).rglob("*.proto")))


def generated() -> Mapping[Path, str]:
    """The content of every generated file, by its path within the checkout: messages, and their types for checkers."""
    with tempfile.TemporaryDirectory() as directory:
        # A process of its own: the compiler is a development dependency without types.
        command = [sys.executable, "-m", "grpc_tools.protoc", "--proto_path=.", *map(str, PROTOS)]
        outputs = [f"--python_out={directory}", f"--pyi_out={directory}"]
        subprocess.run([*command, *outputs], cwd=ROOT, check=True)
        files = sorted(path for path in Path(directory).rglob("*") if path.is_file())
        return {path.relative_to(directory): path.read_text(encoding="utf-8") for path in files}


if __name__ == "__main__":
    for path, content in generated().items():
        (ROOT / path).write_text(content, encoding="utf-8")
