"""Istio's own analysis of the rendered stack."""

import subprocess
from pathlib import Path

import pytest

from inferencectl.deployer.rendering import render
from tests.components.service_mesh.stack_of_mesh import recording


def analysis(istioctl: Path, manifests: str, directory: Path) -> subprocess.CompletedProcess[str]:
    file = directory / "stack.yaml"
    file.write_text(manifests, encoding="utf-8")
    command = [istioctl, "analyze", "--all-namespaces", "--use-kube=false", "--failure-threshold=Info"]
    # It says of every EnvoyFilter that another object would be better, which there is not for what it does.
    accepted = ["--suppress", "IST0133=EnvoyFilter models-dev/mesh-guarded-limits"]
    return subprocess.run([*command, *accepted, file], capture_output=True, text=True, check=False)


def test_it_finds_nothing(istioctl: Path, tmp_path: Path) -> None:
    found = analysis(istioctl, render(recording()), tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "No validation issues found" in found.stdout + found.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("- ~/*", "- models", "IST0106"),
        ("    match:\n    - port: 8501\n", "", "IST0130"),
        ("  priority: 10\n", "", "IST0151"),
    ],
)
def test_it_finds_what_is_wrong(istioctl: Path, tmp_path: Path, right: str, wrong: str, code: str) -> None:
    manifests = render(recording())
    assert right in manifests
    found = analysis(istioctl, manifests.replace(right, wrong), tmp_path)
    assert code in found.stdout + found.stderr
    assert found.returncode != 0
