"""What `models.lock` says of the names of a stack, and what is never written to it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.errors import BAD_INPUT, RegistryError
from registry.labels import Promotion, promote
from registry.locking import pinned
from registry.pins import Lock, Pin, read_lock, write_lock
from registry.retirement import retire
from registry.signing import fingerprint
from tests.registry.models import Bench, Keys

NAME = "digits@stable"


def promoted(bench: Bench, version: int) -> None:
    promote(bench.store, Promotion(name="digits", version=version, label="stable", moved_by="a"))


def pin(bench: Bench, *names: str, before: dict[str, Pin] | None = None) -> dict[str, Pin]:
    return dict(pinned(bench.store, bench.keys.public, names or [NAME], before or {}))


def test_a_pin_is_what_the_registry_knows_of_the_version(bench: Bench) -> None:
    done = bench.publish(metrics={"accuracy": 0.981})
    promoted(bench, 1)
    assert pin(bench) == {
        NAME: Pin(
            version=1,
            storage=done.storage,
            sha256=done.sha256,
            size_bytes=done.metadata.total_size,
            metrics={"accuracy": 0.981},
            published_by="data-science",
            published_at=done.metadata.published_at,
            key_fingerprint=fingerprint(bench.keys.public),
        )
    }


def test_a_name_is_a_label_the_latest_version_or_a_number(bench: Bench) -> None:
    for _ in range(3):
        bench.publish()
    promoted(bench, 2)
    pins = pin(bench, "digits@latest", NAME, "digits@1")
    assert {name: pinned.version for name, pinned in pins.items()} == {"digits@latest": 3, NAME: 2, "digits@1": 1}


def test_the_same_again_is_the_same_file(bench: Bench, tmp_path: Path) -> None:
    bench.publish()
    promoted(bench, 1)
    file = tmp_path / "models.lock"
    write_lock(file, Lock().with_pins("dev", pin(bench)))
    first = file.stat().st_ino
    write_lock(file, read_lock(file).with_pins("dev", pin(bench)))
    assert file.stat().st_ino == first
    assert json.loads(file.read_text())["stacks"]["dev"][NAME]["version"] == 1
    assert [path.name for path in tmp_path.iterdir() if "models.lock" in path.name] == ["models.lock"]


def test_the_pins_of_another_stack_stay(bench: Bench, tmp_path: Path) -> None:
    bench.publish()
    promoted(bench, 1)
    file = tmp_path / "models.lock"
    write_lock(file, Lock().with_pins("prod", pin(bench)))
    write_lock(file, read_lock(file).with_pins("dev", {}))
    assert {stack: len(pins) for stack, pins in read_lock(file).stacks.items()} == {"dev": 0, "prod": 1}


def test_a_lock_that_cannot_be_written_stays_as_it_is(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be written: ") as refused:
        write_lock(tmp_path / "absent" / "models.lock", Lock())
    assert refused.value.exit_code == BAD_INPUT
    with pytest.raises(RegistryError, match="cannot be read: "):
        read_lock(tmp_path)


def expired(bench: Bench) -> None:
    bench.let_expire("stable")


def never_given(bench: Bench) -> None:
    bench.remove("digits/labels/stable.json")


def retired(bench: Bench) -> None:
    """As one who retires does not see a label that somebody gives at the same moment."""
    label = bench.get("digits/labels/stable.json")
    bench.remove("digits/labels/stable.json")
    retire(bench.store, "digits", 1, retired_by="a", reason="old")
    bench.put("digits/labels/stable.json", label)


def republished(bench: Bench) -> None:
    """Another version with a right signature in the place of the one that got the label."""
    for path in list(bench.present("digits/1")):
        bench.remove(path)
    bench.remove("digits/claims/1.json")
    bench.publish(1, metrics={"accuracy": 1.0})


def changed_byte(bench: Bench) -> None:
    bench.put("digits/1/saved_model.pb", b"graqh")


def missing_file(bench: Bench) -> None:
    bench.remove("digits/1/variables/variables.index")


def extra_file(bench: Bench) -> None:
    bench.put("digits/1/assets/evil.so", b"not listed")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (expired, "digits@stable expired on "),
        (never_given, "digits has no label 'stable'; its labels: none"),
        (retired, "version 1 of digits was retired by a: old"),
        (republished, "was promoted with SHA-256 .* was tampered with"),
        (changed_byte, "digits/1/saved_model.pb was modified"),
        (missing_file, "missing files: variables/variables.index"),
        (extra_file, "unexpected files: assets/evil.so"),
    ],
)
def test_a_version_that_must_not_be_served_is_not_pinned(
    bench: Bench, change: Callable[[Bench], None], expected: str
) -> None:
    bench.publish()
    promoted(bench, 1)
    change(bench)
    with pytest.raises(RegistryError, match=expected):
        pin(bench)


def test_a_version_of_another_key_is_not_pinned(bench: Bench, tmp_path: Path) -> None:
    bench.publish()
    promoted(bench, 1)
    other = Keys.made_in(tmp_path / "other")
    with pytest.raises(RegistryError, match="invalid signature: Key mismatch"):
        pinned(bench.store, other.public, [NAME], pin(bench))


def test_bytes_that_were_verified_when_they_were_pinned_are_not_read_again(bench: Bench) -> None:
    bench.publish()
    promoted(bench, 1)
    before = pin(bench)
    seen: list[str] = []
    bench.server.before = lambda _method, path: seen.append(path)
    assert pin(bench, before=before) == before
    assert not [path for path in seen if path.endswith("saved_model.pb")]
    assert pin(bench) == before
    assert [path for path in seen if path.endswith("saved_model.pb")]


def test_a_key_is_identified_by_its_fingerprint_independent_of_its_file(keys: Keys, tmp_path: Path) -> None:
    commented = tmp_path / "commented.pub"
    commented.write_text(f"of the pipeline\n{keys.public.read_text()}")
    assert fingerprint(commented) == fingerprint(keys.public)
    assert fingerprint(Keys.made_in(tmp_path / "other").public) != fingerprint(keys.public)
    for bad in (keys.private, tmp_path / "absent.pub"):
        with pytest.raises(RegistryError, match=f"public key {bad}: ") as refused:
            fingerprint(bad)
        assert refused.value.exit_code == BAD_INPUT
