"""The example model in the store: published once, and fetched and verified as a pod does it."""

import json
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from inferencectl.sandbox.live.digits import MODELS, TRITON, publish_digits
from inferencectl.sandbox.live.model_registry import ModelRegistry, PublishedVersion
from inferencectl.sandbox.live.store import Store
from inferencectl.sandbox.live.store_process import StoreProcess
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.sandbox.live.conftest import silent
from tests.model_pod import FETCH_SCRIPT, ModelPod, refused
from tests.registry.models import DESCRIPTION


@dataclass(frozen=True)
class Endpoint:
    url: str


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """What a training leaves, without the training."""
    output = tmp_path / "digits-1"
    for model in MODELS:
        (output / model.trained / "assets.extra").mkdir(parents=True)
        (output / model.trained / "model").write_text(model.name)
        (output / model.trained / "assets.extra" / "verification.json").write_text("{}")
        (output / f"{model.trained}.yaml").write_text(json.dumps(DESCRIPTION))
    return output


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "published.json"


def published(registry: ModelRegistry, trained: Path, record: Path) -> Sequence[PublishedVersion]:
    return publish_digits(registry, trained, record, silent)


def pod_of(version: PublishedVersion, store: Store, home: Path) -> ModelPod[Endpoint]:
    pod = ModelPod(Endpoint(store.endpoint), home, version.storage, version.sha256)
    pod.mount_credentials(store.environment)
    return pod


def test_a_second_run_publishes_nothing(registry: ModelRegistry, trained: Path, record: Path) -> None:
    first = published(registry, trained, record)
    assert [(version.name, version.version) for version in first] == [("digits", 1), ("digits-tensorflow", 1)]
    assert published(registry, trained, record) == first


def test_another_training_is_another_version(registry: ModelRegistry, trained: Path, record: Path) -> None:
    published(registry, trained, record)
    other = shutil.copytree(trained, trained.with_name("digits-2"))
    assert [version.version for version in published(registry, other, record)] == [2, 2]
    stable = registry.stable("digits")
    assert stable
    assert stable.version == 2


def test_a_store_that_lost_its_models_has_them_again(registry: ModelRegistry, trained: Path, record: Path) -> None:
    record.write_text(json.dumps({model.name: trained.name for model in MODELS}))
    assert [version.version for version in published(registry, trained, record)] == [1, 1]


def test_an_interrupted_publication_is_made_good(registry: ModelRegistry, trained: Path, record: Path) -> None:
    model = MODELS[0]
    registry.publish(model.name, trained / model.trained, silent)
    assert registry.stable(model.name) is None
    assert registry.stable(published(registry, trained, record)[0].name)


def test_only_a_label_that_is_not_there_is_not_published(
    registry: ModelRegistry, trained: Path, record: Path, store_process: StoreProcess
) -> None:
    publish_digits(registry, trained, record, silent, [TRITON])
    folder = store_process.files.data / "models" / "registry" / "digits"
    for document, command in (("labels/stable.json", "list digits"), ("1/model.sig", "resolve digits@stable")):
        before = (folder / document).read_bytes()
        (folder / document).write_bytes(b"{")
        with pytest.raises(SandboxError, match=f"`python -m registry {command}` failed: error: "):
            registry.stable("digits")
        (folder / document).write_bytes(before)
    store_process.stop()
    with pytest.raises(SandboxError, match="`python -m registry list digits` failed: error: "):
        registry.stable("digits")


def test_a_pod_fetches_and_verifies_it(
    registry: ModelRegistry, trained: Path, record: Path, store: Store, tmp_path: Path
) -> None:
    version, _ = published(registry, trained, record)
    pod = pod_of(version, store, tmp_path / "home")
    key = registry.keys.public.read_text()
    done = pod.run(FETCH_SCRIPT, RCLONE_CA_CERT=str(store.authority), MODEL_SIGNATURE_KEY=key)
    assert done.returncode == 0, done.stderr
    assert "signature verified" in done.stdout
    assert (pod.directory / "model").read_text() == "digits"


def test_a_pod_that_does_not_know_the_authority_fetches_nothing(
    registry: ModelRegistry, trained: Path, record: Path, store: Store, tmp_path: Path
) -> None:
    version, _ = published(registry, trained, record)
    pod = pod_of(version, store, tmp_path / "home")
    done = pod.run(FETCH_SCRIPT, RCLONE_LOW_LEVEL_RETRIES="1", RCLONE_RETRIES="1")
    refused(done, "it cannot be copied from object storage", pod, code=1)
    assert "certificate signed by unknown authority" in done.stderr


def test_what_the_registry_refuses_is_reported_in_its_own_words(
    registry: ModelRegistry, trained: Path, record: Path
) -> None:
    (trained / f"{MODELS[0].trained}.yaml").write_text(json.dumps({**DESCRIPTION, "framework": ""}))
    with pytest.raises(SandboxError, match=r"`python -m registry publish digits` failed: error: .*framework"):
        published(registry, trained, record)
    assert not record.exists()


def test_the_private_key_is_for_its_owner_alone_and_made_once(registry: ModelRegistry) -> None:
    keys = registry.keys
    assert stat.S_IMODE(keys.private.stat().st_mode) == 0o600
    before = keys.private.read_bytes()
    assert type(keys).ensured(keys.private.parent) == keys
    assert keys.private.read_bytes() == before
