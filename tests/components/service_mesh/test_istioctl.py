"""Istio's own analysis of the rendered stack."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inferencectl.deployer.rendering import render
from tests.components.service_mesh.stack_of_mesh import EDITS, MESH, recording, rendered

LOGS = {"requests": "errors"}
OWNED: Mapping[str, Any] = {
    "mesh": {**MESH, "accessLogs": LOGS},
    "gateway.owned": {"certificate": {"issuer": {"name": "public"}}, "accessLogs": LOGS},
}


def analysis(istioctl: Path, manifests: str, directory: Path) -> subprocess.CompletedProcess[str]:
    file = directory / "stack.yaml"
    file.write_text(manifests, encoding="utf-8")
    command = [istioctl, "analyze", "--all-namespaces", "--use-kube=false", "--failure-threshold=Info"]
    # It says of every EnvoyFilter that another object would be better, which there is not for what it does.
    accepted = ["--suppress", "IST0133=EnvoyFilter models-dev/mesh-guarded-limits"]
    return subprocess.run([*command, *accepted, file], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("edits", [{}, OWNED], ids=["", "a gateway of its own, and access logs"])
def test_it_finds_nothing(istioctl: Path, tmp_path: Path, edits: Mapping[str, Any]) -> None:
    found = analysis(istioctl, rendered({**EDITS, **edits}), tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "No validation issues found" in found.stdout + found.stderr


def test_it_finds_a_filter_that_is_none(istioctl: Path, tmp_path: Path) -> None:
    manifests = rendered({**EDITS, **OWNED})
    assert "response.code >= 400" in manifests
    found = analysis(istioctl, manifests.replace("response.code >= 400", "response.code >="), tmp_path)
    assert found.returncode != 0


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("- ~/*", "- models", "IST0106"),
        ("  - match:\n    - port: 8501\n    retries:", "  - retries:", "IST0130"),
        ("  priority: 10\n", "", "IST0151"),
    ],
)
def test_it_finds_what_is_wrong(istioctl: Path, tmp_path: Path, right: str, wrong: str, code: str) -> None:
    manifests = render(recording())
    assert right in manifests
    found = analysis(istioctl, manifests.replace(right, wrong), tmp_path)
    assert code in found.stdout + found.stderr
    assert found.returncode != 0
