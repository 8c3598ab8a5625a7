"""What a release made of its own stack files, as a file per stack.

``python -m tests.upgrade.released`` records it for the version in pyproject.toml, when that version is released.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

import settings
from inferencectl.deployer.rendering import render
from inferencectl.program.recording import Recording, record_program
from tests.committed_stacks import ROOT, STACKS

HERE = Path(__file__).parent
_FINGERPRINT = re.compile(r"-[0-9a-f]{8}$")

Manifest = Mapping[str, Any]


def releases() -> list[str]:
    """The recorded versions, the oldest first."""
    found = (path.parent.name for path in HERE.glob(f"*/{_manifests_of(STACKS[0])}"))
    return sorted(found, key=lambda release: [*map(int, release.split("."))])


def released(release: str, stack: str) -> Sequence[Manifest]:
    """The manifests that the release made of its stack file."""
    return list(yaml.safe_load_all((HERE / release / _manifests_of(stack)).read_text(encoding="utf-8")))


def made_now(release: str, stack: str) -> Recording:
    """What this program makes of the stack file of a release."""
    return _recorded(HERE / release / _stack_file_of(stack), stack)


def pod_templates(manifests: Iterable[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """The pod template of every object that has one; a Job is named without the fingerprint of what it does."""
    for manifest in manifests:
        metadata, spec = manifest["metadata"], manifest.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
        if "containers" in template.get("spec", {}):
            name = _FINGERPRINT.sub("", metadata["name"]) if manifest["kind"] == "Job" else metadata["name"]
            yield f"{manifest['kind']} {metadata['namespace']}/{name}", template


def record(release: str) -> None:
    """Write down the stack files of the checkout, and what it makes of them."""
    directory = HERE / release
    directory.mkdir(exist_ok=True)
    for stack in STACKS:
        file = ROOT / _stack_file_of(stack)
        (directory / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        (directory / _manifests_of(stack)).write_text(render(_recorded(file, stack)), encoding="utf-8")


def _recorded(stack_file: Path, stack: str) -> Recording:
    config = settings.read_stack_file(stack_file)
    return record_program(ROOT / "__main__.py", project="inference", stack=stack, config=config)


def _stack_file_of(stack: str) -> str:
    return f"Pulumi.{stack}.yaml"


def _manifests_of(stack: str) -> str:
    return f"manifests.{stack}.yaml"


if __name__ == "__main__":
    record(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
