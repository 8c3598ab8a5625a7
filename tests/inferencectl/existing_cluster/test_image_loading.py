"""Images get into a cluster by the commands of kind and k3d, under names by which pods find them."""

import json
import tarfile
from pathlib import Path

import pytest

from inferencectl.existing_cluster.archive import write_archive_by_digest
from inferencectl.existing_cluster.image_loading import ImageLoading
from inferencectl.existing_cluster.nodes import ClusterNodes
from inferencectl.sandbox.images.layer import write_layer
from inferencectl.sandbox.images.oci import ImageConfig, LocalImage, architecture, write_archive
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

NAME = "inference.local/probe"


def tool(directory: Path, name: str, script: str = "exit 0") -> None:
    program = directory / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def made(directory: Path) -> LocalImage:
    layer, archive = directory / "layer.tar", directory / "image.tar"
    write_layer(layer, {"file": b"content"})
    digest = write_archive(archive, [layer], ImageConfig(), f"{NAME}:1")
    return LocalImage(reference=f"{NAME}:1", digest=digest, archive=archive)


@pytest.mark.parametrize(
    ("context", "command"),
    [
        # Both as their sources have it: pkg/cmd/kind/load/image-archive, and cmd/image/imageImport.go.
        ("kind-models", ["kind", "load", "image-archive", "image.tar", "--name", "models"]),
        ("k3d-models", ["k3d", "image", "import", "image.tar", "--cluster", "models"]),
    ],
)
def test_the_tool_that_made_the_cluster_is_called_as_it_is_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: str, command: list[str]
) -> None:
    tool(tmp_path, command[0])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(ImageLoading.into(context).command(Path("image.tar"))) == command


def test_another_kind_of_cluster_and_a_missing_tool_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="the context prod is of neither kind nor k3d") as other:
        ImageLoading.into("prod")
    assert "use a context kind-NAME or k3d-NAME" in other.value.remedy
    with pytest.raises(SandboxError, match="of kind, which is not on the PATH") as missing:
        ImageLoading.into("kind-models")
    assert {other.value.exit_code, missing.value.exit_code} == {BAD_INPUT}


def test_a_tool_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "kind", 'echo "ERROR: no nodes found for cluster" >&2; exit 1')
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"load image-archive .* failed: ERROR: no nodes found") as failed:
        ImageLoading.into("kind-models").load(tmp_path / "image.tar")
    assert "kind get clusters" in failed.value.remedy


def test_an_archive_names_its_image_by_tag_and_by_digest_and_is_otherwise_the_same(tmp_path: Path) -> None:
    image = made(tmp_path)
    copy = tmp_path / "copy.tar"
    write_archive_by_digest(image, copy)
    with tarfile.open(image.archive) as before, tarfile.open(copy) as after:
        assert after.getnames() == before.getnames()
        blobs = [name for name in before.getnames() if name.startswith("blobs/")]
        contents = [[archive.extractfile(name).read() for name in blobs] for archive in (before, after)]  # pyright: ignore[reportOptionalMemberAccess]
        index = json.load(after.extractfile("index.json"))  # pyright: ignore[reportArgumentType]
    assert contents[0] == contents[1]
    names = [each["annotations"]["io.containerd.image.name"] for each in index["manifests"]]
    assert names == [f"{NAME}:1", f"{NAME}@{image.digest}"]
    assert {each["digest"] for each in index["manifests"]} == {image.digest}


def node(*names: str, machine: str | None = None, networks: tuple[str, ...] = ()) -> dict[str, object]:
    status = {"nodeInfo": {"architecture": machine or architecture()}, "images": [{"names": [*names]}, {"names": None}]}
    return {"spec": {"podCIDRs": [*networks]}, "status": status}


def test_an_image_is_there_once_every_node_says_so(tmp_path: Path) -> None:
    image = made(tmp_path)
    by_digest = f"{NAME}@{image.digest}"
    assert ClusterNodes(context="kind-a", objects=[node(by_digest), node("other", by_digest)]).have(image)
    assert not ClusterNodes(context="kind-a", objects=[node(by_digest), node(image.reference)]).have(image)


def test_nodes_of_another_machine_and_unknown_networks_are_refused() -> None:
    nodes = ClusterNodes(context="kind-a", objects=[node(networks=("10.1.0.0/24",)), node(networks=("10.0.0.0/24",))])
    nodes.require_architecture()
    assert nodes.pod_networks == ["10.0.0.0/24", "10.1.0.0/24"]
    with pytest.raises(SandboxError, match="the nodes of kind-a are s390x, and images made here"):
        ClusterNodes(context="kind-a", objects=[node(machine="s390x")]).require_architecture()
    with pytest.raises(SandboxError, match=r"no node of kind-a has spec\.podCIDRs"):
        _ = ClusterNodes(context="kind-a", objects=[node()]).pod_networks
