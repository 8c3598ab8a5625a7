"""The benchmark of Pulumi's preview, where there is no Pulumi."""

from pathlib import Path

import pytest

from benchmarks import pulumi_preview


def test_it_is_left_out_and_says_so_where_pulumi_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    assert list(pulumi_preview.figures(said.append)) == []
    assert said == ["no pulumi on the PATH: its preview is not measured"]
