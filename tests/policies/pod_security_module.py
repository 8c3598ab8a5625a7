"""Kubernetes' own Pod Security evaluator, fetched as a Go module: its cases and the names of its checks."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inferencectl.sandbox.toolchain.go_compiler import GoCompiler

PINNED = Path(__file__).parent / "pod_security_cases"
MODULE = "k8s.io/pod-security-admission"

_CHECK_ID = re.compile(r'(?:ID:\s+|CheckID = )"(\w+)"')


@dataclass(frozen=True)
class Case:
    """A pod that the standard allows or refuses."""

    standard: str
    allowed: bool
    name: str
    pod: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.standard}/{'pass' if self.allowed else 'fail'}/{self.name}"


def download(go: GoCompiler) -> Path:
    """The module's folder at the version that ``go.mod`` pins; ``go`` checks it against ``go.sum``."""
    return Path(json.loads(go.query("mod", "download", "-json", MODULE, directory=PINNED))["Dir"])


def cases(module: Path, standard: str) -> Iterator[Case]:
    """The newest version's cases of ``standard`` (baseline or restricted)."""
    versions = (module / "test" / "testdata" / standard).iterdir()
    newest = max(versions, key=lambda folder: [int(number) for number in folder.name.removeprefix("v").split(".")])
    for allowed, verdict in ((True, "pass"), (False, "fail")):
        for file in sorted((newest / verdict).glob("*.yaml")):
            yield Case(standard, allowed, f"{newest.name}/{file.stem}", yaml.safe_load(file.read_text()))


def check_ids(module: Path) -> set[str]:
    """The names of the module's checks."""
    files = (file for file in (module / "policy").glob("check_*.go") if not file.stem.endswith("_test"))
    return {check for file in files for check in _CHECK_ID.findall(file.read_text())}
