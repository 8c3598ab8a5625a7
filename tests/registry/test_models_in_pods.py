"""What pods make of a published version: its digest and its signature are verified before anything is served."""

import sys
from pathlib import Path

import pytest

from components.model_service.manifests.storage import VERIFY_SCRIPT
from registry.listing import METADATA, SIGNATURE, digest_of, listing_of
from registry.publication import Published
from tests.model_pod import FETCH_SCRIPT, ModelPod, refused
from tests.registry.models import FILES, Bench, Keys

ROOT = Path(__file__).parents[2]


def pod_of(bench: Bench, done: Published, home: Path, sha256: str | None = None) -> ModelPod:
    pod = ModelPod(bench.server, home / "pod", done.storage, sha256 or done.sha256)
    pod.home.mkdir()
    pod.mount_credentials()
    return pod


def key_in(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def relisted(bench: Bench) -> str:
    """Write a listing over the files as they are now, and return its digest: the stack would be changed as well."""
    paths = {key.removeprefix("digits/1/") for key in bench.present("digits/1")} - {"SHA256SUMS"}
    listing = listing_of({path: digest_of(bench.get(f"digits/1/{path}")) for path in paths})
    bench.put("digits/1/SHA256SUMS", listing)
    return digest_of(listing)


def test_what_publish_prints_is_what_a_pod_copies_and_verifies(bench: Bench, tmp_path: Path) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    done = pod.run(FETCH_SCRIPT, MODEL_WARMUP="required")
    assert done.returncode == 0, done.stderr
    assert (pod.directory / "saved_model.pb").read_bytes() == FILES["saved_model.pb"]
    assert "signature" not in done.stdout


def test_a_signed_model_is_served_and_verified_again_where_it_lies(bench: Bench, tmp_path: Path) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    for script in (FETCH_SCRIPT, FETCH_SCRIPT, VERIFY_SCRIPT):
        done = pod.run(script, MODEL_SIGNATURE_KEY=key_in(bench.keys.public))
        assert done.returncode == 0, done.stderr
        assert f"signature verified: {pod.source}" in done.stdout


def test_a_model_of_another_signer_is_refused(bench: Bench, tmp_path: Path) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    other = Keys.made_in(tmp_path / "other")
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(other.public)), "its signature does not hold: ", pod)


def test_a_model_without_signature_is_refused(bench: Bench, tmp_path: Path) -> None:
    done = bench.publish()
    bench.remove(f"digits/1/{SIGNATURE}")
    pod = pod_of(bench, done, tmp_path, relisted(bench))
    assert pod.run(FETCH_SCRIPT).returncode == 0, "its digest alone is right"
    pod.directory.rename(pod.home / "unsigned")
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(bench.keys.public)), "it is not signed", pod)


@pytest.mark.parametrize("path", [METADATA, "saved_model.pb", "assets/extra.so", ".gitattributes"])
def test_what_was_changed_after_it_was_signed_is_refused(bench: Bench, tmp_path: Path, path: str) -> None:
    """The listing and the digest in the stack are changed with it, so that only the signature can tell."""
    done = bench.publish()
    bench.put(f"digits/1/{path}", b"{}")
    pod = pod_of(bench, done, tmp_path, relisted(bench))
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(bench.keys.public)), path, pod)


@pytest.mark.parametrize("module", ["model_signing.py", "click.py"])
def test_a_model_does_not_verify_itself(bench: Bench, tmp_path: Path, module: str) -> None:
    """Files of the model that have the name of a module of the verifier are data."""
    done = bench.publish()
    bench.put(f"digits/1/{module}", b"raise SystemExit(0)")
    pod = pod_of(bench, done, tmp_path, relisted(bench))
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(bench.keys.public)), module, pod)


@pytest.mark.parametrize("content", [b"", b"{}", b"no signature"], ids=str)
def test_a_signature_that_is_none_is_refused(bench: Bench, tmp_path: Path, content: bytes) -> None:
    done = bench.publish()
    bench.put(f"digits/1/{SIGNATURE}", content)
    pod = pod_of(bench, done, tmp_path, relisted(bench))
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(bench.keys.public)), "its signature does not hold", pod)


@pytest.mark.parametrize("key", ["", "no key"])
def test_nothing_is_served_by_a_key_that_is_none(bench: Bench, tmp_path: Path, key: str) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key), "its signature does not hold", pod)


def test_the_packages_of_the_tools_image_are_enough_to_verify(
    bench: Bench, tools_image_python: Path, tmp_path: Path
) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    path = f"{tools_image_python.parent}:{Path(sys.executable).parent}:/usr/bin:/bin"
    done = pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(bench.keys.public), PATH=path)
    assert done.returncode == 0, done.stderr
    assert "signature verified" in done.stdout


def test_an_image_that_cannot_verify_serves_nothing(bench: Bench, tmp_path: Path) -> None:
    """Such as rclone's, which has no Python."""
    pod = pod_of(bench, bench.publish(), tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    names = "awk cat cp rm mkdir sha256sum cut grep head sed sort find comm wc tail"
    for tool in names.split():
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    (tools / "rclone").symlink_to(Path(sys.executable).with_name("rclone"))
    done = pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=key_in(bench.keys.public), PATH=str(tools))
    refused(done, "its signature does not hold: ", pod)
