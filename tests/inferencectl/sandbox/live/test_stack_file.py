"""The live stack's file: a valid stack when it is written, and its owner's from then on."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import settings
from inferencectl.sandbox.live.model_registry import PublishedVersion
from inferencectl.sandbox.live.stack_file import (
    LiveFacts,
    StoreAccess,
    ensure_stack_file,
    images_in,
    is_as_written,
    new_text,
    with_images,
)
from settings import ObjectStorage

OTHER = "registry.example/team/server:1.2@sha256:" + "9" * 64


def image(name: str, digit: str) -> str:
    return f"inference.local/{name}:{digit * 12}@sha256:{digit * 64}"


@pytest.fixture(scope="module")
def facts() -> LiveFacts:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return LiveFacts(
        context="kind-models",
        store=StoreAccess(
            endpoint="https://storage.example:9000",
            region="eu-central-1",
            networks=["172.30.0.9/32", "10.244.0.0/24"],
            credentials_secret="model-storage",
            authority_config_map="storage-authority",
        ),
        public_key=pem.decode(),
        images={name: image(name, "1") for name in ("tools", "pause", "triton", "tensorflow-serving-stand-in")},
        versions={
            name: PublishedVersion(name=name, version=1, storage=f"s3://models/live/{name}/1", sha256="a" * 64)
            for name in ("digits", "digits-tensorflow")
        },
    )


def test_a_new_file_is_a_valid_stack_with_what_this_machine_made(tmp_path: Path, facts: LiveFacts) -> None:
    file = tmp_path / "Pulumi.live.yaml"
    file.write_text(new_text(facts))
    platform = settings.load("live", settings.read_stack_file(file))
    digits = platform.models[0]
    assert digits.image == facts.images["triton"]
    assert (digits.versions[0].storage, digits.versions[0].sha256) == ("s3://models/live/digits/1", "a" * 64)
    assert platform.images
    assert platform.images.tools == facts.images["tools"]
    assert platform.signing
    assert platform.signing.public_key
    assert platform.signing.public_key.strip() == facts.public_key.strip()
    assert isinstance(platform.storage, ObjectStorage)
    assert platform.storage.ca_config_map == "storage-authority"
    assert platform.storage.cidrs == ("172.30.0.9/32", "10.244.0.0/24")
    assert platform.cluster.context == "kind-models"


def test_what_the_owner_changed_stays_and_only_images_follow(tmp_path: Path, facts: LiveFacts) -> None:
    file = tmp_path / "Pulumi.live.yaml"
    written = tmp_path / "written.yaml"
    assert ensure_stack_file(file, written, facts)
    assert not ensure_stack_file(file, written, facts)
    edited = file.read_text().replace("replicas: 2", "replicas: 3 # mine")
    file.write_text(edited)
    remade = LiveFacts(
        context="another",
        store=facts.store,
        public_key="another",
        images={name: image(name, "2") for name in facts.images},
        versions={},
    )
    assert ensure_stack_file(file, written, remade)
    assert file.read_text() == edited.replace("1" * 64, "2" * 64).replace("1" * 12, "2" * 12)


def test_a_file_is_as_written_until_its_owner_changes_it(tmp_path: Path, facts: LiveFacts) -> None:
    file, written = tmp_path / "Pulumi.live.yaml", tmp_path / "written.yaml"
    assert not is_as_written(file, written)
    ensure_stack_file(file, written, facts)
    ensure_stack_file(file, written, replace(facts, images={name: image(name, "2") for name in facts.images}))
    assert is_as_written(file, written)
    file.write_text(f"{file.read_text()}# mine\n")
    ensure_stack_file(file, written, facts)
    assert not is_as_written(file, written)


def test_images_that_were_not_made_here_are_left_alone() -> None:
    text = f"image: {OTHER}\nimages: {{tools: {image('tools', '1')}}}\nother: {image('unknown', '1')}\n"
    now = with_images(text, {"tools": image("tools", "2"), "server": image("server", "2")})
    assert now == f"image: {OTHER}\nimages: {{tools: {image('tools', '2')}}}\nother: {image('unknown', '1')}\n"
    assert images_in(text) == ["tools", "unknown"]


def test_an_image_that_is_asked_for_by_its_name_gets_its_digest() -> None:
    text = "\n".join(
        [
            "image: inference.local/torchserve",
            "pause: 'inference.local/pause'",
            "other: mirror.inference.local/torchserve",
            "old: inference.local/torchserve:1",
            "registries: [inference.local]",
        ]
    )
    assert images_in(text) == ["pause", "torchserve"]
    made = {"torchserve": image("torchserve", "2"), "pause": image("pause", "3")}
    lines = with_images(text, made).splitlines()
    assert lines[:2] == [f"image: {image('torchserve', '2')}", f"pause: '{image('pause', '3')}'"]
    assert lines[2:] == text.splitlines()[2:]


def test_the_class_of_the_sandboxs_volumes_is_that_of_all_models(tmp_path: Path, facts: LiveFacts) -> None:
    file = tmp_path / "Pulumi.live.yaml"
    classes = []
    for storage_class in ("local", None):
        file.write_text(new_text(replace(facts, storage_class=storage_class)))
        volumes = settings.load("live", settings.read_stack_file(file)).volumes
        classes.append(volumes and volumes.storage_class)
    assert classes == ["local", None]
