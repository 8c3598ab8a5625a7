"""Manifests as files: in the order in which people write them, without what is gone, and without secrets."""

from pathlib import Path
from typing import Any

import pytest

from inferencectl.deployer.rendering import render, render_files
from inferencectl.program.recording import Recording, Resource
from inferencectl.workspace.errors import SandboxError


def recording(*manifests: dict[str, Any]) -> Recording:
    resources = [
        Resource(
            urn=each["metadata"]["name"],
            type=f"kubernetes:core/v1:{each['kind']}",
            name=each["metadata"]["name"],
            custom=True,
            parent="",
            inputs=each,
        )
        for each in manifests
    ]
    return Recording(project="inference", stack="test", resources=tuple(resources))


def manifest(name: str, kind: str = "ConfigMap", **others: Any) -> dict[str, Any]:
    return {**others, "metadata": {"namespace": "models", "name": name}, "kind": kind, "apiVersion": "v1"}


def test_keys_have_one_order_whatever_the_program_s() -> None:
    service = manifest("a", "Service", status={}, spec={"ports": [{"port": 2, "name": "b"}, {"port": 1}], "b": {}})
    assert render(recording(service)) == (
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: models\n"
        "spec:\n  b: {}\n  ports:\n  - name: b\n    port: 2\n  - port: 1\nstatus: {}\n"
    )


def test_a_secret_has_no_values() -> None:
    assert "c2VjcmV0" not in render(recording(manifest("a", "Secret", data={"key": "c2VjcmV0"})))


def test_files_of_what_is_gone_are_removed_and_others_stay(tmp_path: Path) -> None:
    render_files(recording(manifest("a"), manifest("b")), tmp_path)
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    (tmp_path / "models_configmap_c.yaml").write_text("mine too", encoding="utf-8")
    (left,) = render_files(recording(manifest("b")), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {".rendered", "README.md", "models_configmap_c.yaml", left.name}


def test_a_list_removes_nothing_elsewhere(tmp_path: Path) -> None:
    directory, outside = tmp_path / "rendered", tmp_path / "a_b_c.yaml"
    outside.write_text("mine", encoding="utf-8")
    directory.mkdir()
    (directory / ".rendered").write_text("../a_b_c.yaml\n\n.\n", encoding="utf-8")
    render_files(recording(manifest("a")), directory)
    assert outside.exists()


def test_what_an_interrupted_run_has_written_is_removed_by_a_later_one(tmp_path: Path) -> None:
    # Its second file cannot be written, so that the first is all that it leaves.
    (tmp_path / "models_configmap_b.yaml").mkdir()
    with pytest.raises(SandboxError, match="cannot be written"):
        render_files(recording(manifest("a"), manifest("b")), tmp_path)
    (tmp_path / "models_configmap_b.yaml").rmdir()
    assert (tmp_path / "models_configmap_a.yaml").exists()
    render_files(recording(manifest("c")), tmp_path)
    assert {path.name for path in tmp_path.glob("*.yaml")} == {"models_configmap_c.yaml"}
