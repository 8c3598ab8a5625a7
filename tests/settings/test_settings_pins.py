"""Versions that a stack names, and what `models.lock` makes of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from settings import MODELS_LOCK_VARIABLE, Model, Pins, Platform, SettingsError, load, named_models, read_pins
from settings.model.pins import MODELS_LOCK, current_lock
from tests.settings.settings_stack import DELETED, IRIS, edited

MIB = 2**20
REGISTRY = {"url": "s3://models/dev", "publicKey": "keys/models.pub"}
NAMED = {"registry": REGISTRY, "models.1.versions": [{"name": "iris@stable"}], "models.1.size": DELETED}


def pin(version: int = 4, size_bytes: int = MIB, **changes: Any) -> dict[str, Any]:
    """An entry of the lock."""
    return {
        "version": version,
        "storage": f"s3://models/dev/iris/{version}",
        "sha256": "cd" * 32,
        "sizeBytes": size_bytes,
        "metrics": {"accuracy": 0.984},
        "publishedBy": "data-science",
        "publishedAt": "2026-11-20T10:00:00Z",
        "signer": "sha256:ef",
        **changes,
    }


def written(lock: Path, stack: str = "dev", **pins: dict[str, Any]) -> Path:
    """A lock; of the names of its pins the underscore stands for an `@`."""
    by_name = {name.replace("_", "@"): entry for name, entry in pins.items()}
    lock.write_text(json.dumps({"schemaVersion": 1, "stacks": {stack: by_name}}), encoding="utf-8")
    return lock


def platform(lock: Path, edits: dict[str, Any], stack: str = "dev") -> Platform:
    return load(stack, edited(edits, stack), read_pins(lock, stack))


def refusals(lock: Path, edits: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        platform(lock, edits)
    return [line.removeprefix("Pulumi.dev.yaml: inference:platform") for line in str(caught.value).splitlines()]


def iris(lock: Path, edits: dict[str, Any]) -> Model:
    return platform(lock, edits).models[1]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return written(tmp_path / "models.lock", iris_stable=pin())


def test_a_name_is_the_version_that_the_lock_pins(lock: Path) -> None:
    edits = {**NAMED, "models.1.versions": [{"name": "iris@stable", "labels": ["live"]}]}
    (version,) = iris(lock, edits).versions
    assert (version.version, version.storage, version.sha256) == (4, "s3://models/dev/iris/4", "cd" * 32)
    assert (version.share_percent, version.labels) == (100, ("live",))


def test_the_size_of_a_model_whose_versions_are_named_follows_from_the_lock(tmp_path: Path) -> None:
    both = [{"name": "iris@stable", "weight": 100}, {"name": "iris@5", "weight": 0}]
    lock = written(tmp_path / "models.lock", iris_stable=pin(4, MIB), iris_5=pin(5, 3 * MIB))
    assert iris(lock, {**NAMED, "models.1.versions": both}).size == "3Mi"
    assert iris(lock, {**NAMED, "models.1.size": "20Mi"}).size == "20Mi"
    assert iris(lock, {**NAMED, "models.1.size": "1Ki"}).size == "1Mi"
    assert iris(lock, {**NAMED, "models.1.size": "1024Ki"}).size == "1024Ki"


def test_a_class_that_is_too_small_for_the_locked_size_is_refused(tmp_path: Path) -> None:
    lock = written(tmp_path / "models.lock", iris_stable=pin(size_bytes=2**30))
    (reported,) = refusals(lock, NAMED)
    assert reported == (
        f'{IRIS}.resources: "small" with 2Gi of memory; expected at least 2.5Gi: 2.5 times size 1Gi; '
        "the smallest class that fits is 'medium'"
    )


def test_a_version_beside_a_named_one_needs_a_size(lock: Path) -> None:
    other = {"version": 3, "storage": "s3://models/iris/3", "sha256": "ab" * 32, "weight": 0}
    edits = {**NAMED, "models.1.versions": [{"name": "iris@stable", "weight": 100}, other]}
    assert [reported.partition(";")[0] for reported in refusals(lock, edits)] == [f"{IRIS}.size: missing"]


NAMES = {
    "iris@canary": (
        '"iris@canary"; expected a name that models.lock pins for this stack; run: make lock-models STACK=dev'
    ),
    "Iris@Stable": (
        "\"Iris@Stable\"; expected a model, '@', and a label or a number, such as digits@stable; "
        "did you mean 'iris@stable'?"
    ),
    "iris@": "\"iris@\"; expected a model, '@', and a label or a number, such as digits@stable",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_means_nothing_is_one_error_with_its_remedy(lock: Path, name: str) -> None:
    named = [
        reported for reported in refusals(lock, {**NAMED, "models.1.versions": [{"name": name}]}) if ".name" in reported
    ]
    assert named == [f"{IRIS}.versions[0].name: {NAMES[name]}"]


def test_a_name_that_is_not_pinned_is_the_only_error(tmp_path: Path) -> None:
    assert len(refusals(tmp_path / "absent.lock", NAMED)) == 1


def test_a_name_beside_a_number_is_refused(lock: Path) -> None:
    (reported,) = refusals(lock, {**NAMED, "models.1.versions": [{"name": "iris@stable", "version": 4}]})
    assert reported.startswith(
        f'{IRIS}.versions[0].name: "iris@stable", in addition to version; expected a name, or version, '
    )


def test_pins_are_those_of_the_stack_alone(lock: Path) -> None:
    assert read_pins(lock, "prod") == Pins("prod")
    assert read_pins(lock, "dev").by_name.keys() == {"iris@stable"}


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("{", "models.lock: "),
        ('{"schemaVersion": 2, "stacks": {}}', "models.lock: schemaVersion: 2; "),
        (
            json.dumps({"schemaVersion": 1, "stacks": {"dev": {"a@1": pin(sizeBytes=-1)}}}),
            "stacks.dev.a@1.sizeBytes: -1",
        ),
    ],
    ids=["no-json", "newer", "negative"],
)
def test_a_lock_that_was_damaged_is_refused(tmp_path: Path, text: str, reported: str) -> None:
    lock = tmp_path / "models.lock"
    lock.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_pins(lock, "dev")
    assert reported in str(caught.value)
    assert "make lock-models STACK=dev" in str(caught.value)


def test_a_lock_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read_pins(tmp_path, "dev")


def test_the_program_reads_the_lock_of_its_checkout_or_the_one_it_is_pointed_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(MODELS_LOCK_VARIABLE, raising=False)
    assert current_lock() == MODELS_LOCK
    monkeypatch.setenv(MODELS_LOCK_VARIABLE, str(tmp_path / "other.lock"))
    assert current_lock() == tmp_path / "other.lock"


def test_names_are_reported_with_the_places_to_look_them_up() -> None:
    edits = {"registry": REGISTRY, "models.1.versions": [{"name": "iris@2"}, {"name": "iris@2"}, {"name": "iris"}]}
    found = named_models("dev", edited(edits))
    assert found
    assert (found.names, found.registry.url, found.region) == (("iris@2",), "s3://models/dev", "eu-central-1")
    assert found.endpoint == "https://storage.dev.example:9000"
    other = {**edits, "registry": {**REGISTRY, "endpoint": "https://inside.example"}}
    elsewhere = named_models("dev", edited(other))
    assert elsewhere
    assert elsewhere.endpoint == "https://inside.example"
    assert named_models("dev", edited({"registry": REGISTRY})) is None
    assert named_models("dev", {}) is None


BAD_REGISTRIES: dict[str, tuple[object, str]] = {
    "none": (DELETED, ".registry: missing; expected the model registry, required if versions are given by name"),
    "no-url": ({**REGISTRY, "url": "models"}, '.registry.url: "models"; expected an object storage folder'),
    "absolute": ({**REGISTRY, "publicKey": "/keys/models.pub"}, "expected a path below the checkout"),
    "outside": ({**REGISTRY, "publicKey": "keys/../../models.pub"}, "expected a path below the checkout"),
    "unknown": ({**REGISTRY, "publickey": "a"}, ".registry.publickey: unknown key; did you mean 'publicKey'?"),
}


@pytest.mark.parametrize("case", BAD_REGISTRIES)
def test_a_registry_that_cannot_be_used_is_reported_before_it_is_asked(case: str) -> None:
    registry, reported = BAD_REGISTRIES[case]
    config = edited({"registry": {}, "models.1.versions": [{"name": "iris@2"}]})
    document = json.loads(config["inference:platform"])
    document["registry"] = registry
    if registry is DELETED:
        del document["registry"]
    with pytest.raises(SettingsError) as caught:
        named_models("dev", {"inference:platform": json.dumps(document)})
    assert reported in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
