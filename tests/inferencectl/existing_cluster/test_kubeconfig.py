"""The user's kubeconfig is read as kubectl reads it, and one context of it works alone."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from inferencectl.existing_cluster.kubeconfig import Kubeconfig
from inferencectl.workspace.errors import BAD_INPUT, SandboxError


def document(*names: str, current: str = "") -> dict[str, Any]:
    return {
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example"}} for name in names],
        "users": [{"name": name, "user": {"token": f"token-of-{name}"}} for name in names],
        "current-context": current,
    }


def read(*files: Path) -> Kubeconfig:
    return Kubeconfig.of_the_user({"KUBECONFIG": os.pathsep.join(map(str, files))})


def written(file: Path, content: object) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return file


def test_current_is_what_the_first_file_says_that_says_it(tmp_path: Path) -> None:
    first = written(tmp_path / "first", document("kind-a"))
    second = written(tmp_path / "second", document("kind-a", "k3d-b", current="k3d-b"))
    third = written(tmp_path / "third", document("c", current="c"))
    kubeconfig = read(first, tmp_path / "missing", second, third)
    assert kubeconfig.contexts == ["c", "k3d-b", "kind-a"]
    assert kubeconfig.chosen("current") == "k3d-b"
    assert kubeconfig.chosen("kind-a") == "kind-a"


@pytest.mark.parametrize(
    ("wanted", "content", "said"),
    [
        ("kind-x", document("kind-a", "k3d-b"), ("has no context kind-x", "use one of k3d-b, kind-a")),
        ("current", document("kind-a"), ("names no current context", "use one of kind-a")),
        ("current", document("kind-a", current="gone"), ("has no context gone", "use one of kind-a")),
        ("current", {}, ("names no current context", "create a cluster with kind or k3d")),
        ("current", {"contexts": [1, {"name": "x"}, {"name": "y", "context": 3}]}, ("no current context", "create")),
    ],
)
def test_a_context_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, wanted: str, content: object, said: tuple[str, str]
) -> None:
    file = written(tmp_path / "config", content)
    with pytest.raises(SandboxError) as refused:
        read(file).chosen(wanted)
    assert refused.value.exit_code == BAD_INPUT
    assert str(file) in refused.value.message
    assert said[0] in refused.value.message
    assert said[1] in refused.value.remedy


@pytest.mark.parametrize("content", ["a: [", "- 1\n", "\x00"])
def test_a_file_that_is_no_kubeconfig_is_named(tmp_path: Path, content: str) -> None:
    file = written(tmp_path / "config", content)
    with pytest.raises(SandboxError, match=f"{file}: cannot be read as a kubeconfig") as refused:
        read(file)
    assert refused.value.exit_code == BAD_INPUT


def test_one_context_alone_has_all_that_it_needs_and_nothing_of_the_others(tmp_path: Path) -> None:
    content = document("kind-a", "kind-b", current="kind-b")
    written(tmp_path / "pki" / "ca.crt", "authority")
    written(tmp_path / "pki" / "me.crt", "certificate")
    content["clusters"][0]["cluster"]["certificate-authority"] = "pki/ca.crt"
    content["users"][0]["user"] = {"client-certificate": str(tmp_path / "pki" / "me.crt"), "tokenFile": "token"}
    text = read(written(tmp_path / "config", content)).alone("kind-a", ("sandbox", "kind-a"))
    alone = yaml.safe_load(text)
    assert alone["current-context"] == "sandbox"
    assert [each["name"] for each in alone["contexts"]] == ["sandbox", "kind-a"]
    assert alone["clusters"][0]["cluster"] == {
        "server": "https://kind-a.example",
        "certificate-authority-data": base64.b64encode(b"authority").decode(),
    }
    assert alone["users"][0]["user"] == {
        "client-certificate-data": base64.b64encode(b"certificate").decode(),
        "tokenFile": str(tmp_path / "token"),
    }
    assert "kind-b" not in text


def test_a_context_without_its_user_or_its_files_is_refused(tmp_path: Path) -> None:
    content = document("kind-a")
    content["clusters"][0]["cluster"]["certificate-authority"] = "gone.crt"
    with pytest.raises(SandboxError, match=r"gone\.crt: cannot be read as a kubeconfig: No such file"):
        read(written(tmp_path / "config", content)).alone("kind-a", ("sandbox",))
    content["clusters"] = []
    with pytest.raises(SandboxError, match="clusters has no entry kind-a"):
        read(written(tmp_path / "config", content)).alone("kind-a", ("sandbox",))
