"""A stack with several trusted keys: which of them lets a published version in, and what is said of the others."""

from pathlib import Path

import pytest

from components.model_service.manifests.storage import VERIFY_SCRIPT
from settings import Signing
from tests.model_pod import FETCH_SCRIPT, refused
from tests.registry.models import Bench, Keys
from tests.registry.test_models_in_pods import key_in, pod_of

OLD, NEW = "key-2025", "key-2026"


def bundle(old: Path, new: Path, **of_old: str) -> str:
    keys = [
        {"name": OLD, "publicKey": key_in(old), **of_old},
        {"name": NEW, "publicKey": key_in(new).rstrip("\n"), "notBefore": "2001-01-01"},
    ]
    return Signing.model_validate({"keys": keys}).bundle


@pytest.fixture
def other(tmp_path: Path) -> Keys:
    return Keys.made_in(tmp_path / "other")


def test_any_trusted_key_lets_a_version_in_and_the_log_says_which(bench: Bench, other: Keys, tmp_path: Path) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    orders = {OLD: (bench.keys.public, other.public), NEW: (other.public, bench.keys.public)}
    for name, (old, new) in orders.items():
        for script in (FETCH_SCRIPT, VERIFY_SCRIPT):
            done = pod.run(script, MODEL_SIGNATURE_KEY=bundle(old, new))
            assert done.returncode == 0, done.stderr
            assert f"signature verified by key {name}: {pod.source}\n" in done.stdout


def test_a_version_by_none_of_them_is_refused_with_the_names_of_all(bench: Bench, other: Keys, tmp_path: Path) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    third = Keys.made_in(tmp_path / "third")
    done = pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=bundle(other.public, third.public))
    refused(done, "its signature does not hold: by key key-2025: ", pod)
    assert "; by key key-2026: " in done.stderr


def test_before_its_first_day_a_key_lets_nothing_in(bench: Bench, other: Keys, tmp_path: Path) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    early = bundle(bench.keys.public, other.public, notBefore="2999-01-01")
    refused(pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=early), "by key key-2025: not valid before 2999-01-01;", pod)


def test_a_pod_that_starts_after_the_last_day_serves_what_it_was_deployed_with(
    bench: Bench, other: Keys, tmp_path: Path
) -> None:
    pod = pod_of(bench, bench.publish(), tmp_path)
    done = pod.run(FETCH_SCRIPT, MODEL_SIGNATURE_KEY=bundle(bench.keys.public, other.public, notAfter="2001-01-01"))
    assert done.returncode == 0, done.stderr
