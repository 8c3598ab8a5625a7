"""Labels: moved by one person at a time, with their history; and what a name means then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from registry.errors import BAD_INPUT, RegistryError
from registry.labels import Label, Promotion, promote, read_label
from registry.listing import digest_of
from registry.names import Reference, reference
from registry.object_store import ObjectStore
from registry.retirement import retire
from registry.s3_source import S3Source
from tests.registry.models import Bench, written


def promoted(bench: Bench, version: int, **more: object) -> Label:
    promotion = {"name": "digits", "label": "stable", "moved_by": "platform", **more}
    return promote(bench.store, Promotion(version=version, **promotion))  # pyright: ignore[reportArgumentType]


def meant(bench: Bench, text: str) -> int:
    return S3Source(bench.store, bench.verifier).resolve(reference(text)).version


def test_a_name_means_the_version_that_has_the_label(bench: Bench) -> None:
    first, second = bench.publish(), bench.publish()
    promoted(bench, 1)
    assert meant(bench, "digits@stable") == 1
    assert meant(bench, "digits@latest") == meant(bench, "digits") == 2
    assert meant(bench, "digits@1") == 1
    promoted(bench, 2)
    resolved = S3Source(bench.store, bench.verifier).resolve(reference("digits@stable"))
    assert (resolved.version, resolved.sha256, resolved.storage) == (2, second.sha256, second.storage)
    assert first.sha256 != second.sha256


def test_a_label_keeps_its_history(bench: Bench) -> None:
    bench.publish()
    bench.publish()
    for version, by in ((1, "a"), (2, "b"), (1, "c")):
        promoted(bench, version, moved_by=by)
    label = read_label(bench.store, "digits", "stable")
    assert label is not None
    assert [(move.moved_by, move.from_version, move.to_version) for move in label.history] == [
        ("a", None, 1),
        ("b", 1, 2),
        ("c", 2, 1),
    ]
    times = [move.moved_at for move in label.history]
    assert times == sorted(times)
    assert all(time.utcoffset() == timedelta() for time in times)


@pytest.mark.parametrize("present", [False, True], ids=["new", "existing"])
def test_of_two_promotions_at_once_one_is_refused(bench: Bench, present: bool) -> None:
    for _ in range(3):
        bench.publish()
    if present:
        promoted(bench, 1)
    meeting = threading.Barrier(2)

    class Meeting(ObjectStore):
        """A store in which both have read the label before either writes it."""

        def create(self, key: str, content: bytes) -> bool:
            meeting.wait(timeout=30)
            return super().create(key, content)

        def replace(self, key: str, content: bytes, tag: str) -> bool:
            meeting.wait(timeout=30)
            return super().replace(key, content, tag)

    def one(version: int) -> Label | RegistryError:
        try:
            promotion = Promotion(name="digits", version=version, label="stable", moved_by=f"person {version}")
            return promote(Meeting(bench.url, bench.server.url), promotion)
        except RegistryError as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(one, (2, 3)))
    (moved,) = (label for label in done if isinstance(label, Label))
    (refusal,) = (error for error in done if isinstance(error, RegistryError))
    assert "moved concurrently by someone else" in str(refusal)
    assert read_label(bench.store, "digits", "stable") == moved
    assert [move.to_version for move in moved.history] == [*([1] if present else []), moved.version]


def test_a_promotion_can_name_what_it_expects(bench: Bench) -> None:
    bench.publish()
    bench.publish()
    promoted(bench, 1)
    with pytest.raises(RegistryError, match="digits@stable is 1, expected 2"):
        promoted(bench, 2, expected=2)
    assert promoted(bench, 2, expected=1).version == 2


def test_an_expired_label_means_nothing(bench: Bench) -> None:
    bench.publish()
    today = datetime.now(UTC).date()
    promoted(bench, 1, expires=today + timedelta(days=1))
    assert meant(bench, "digits@stable") == 1
    bench.let_expire("stable")
    with pytest.raises(RegistryError, match="digits@stable expired on"):
        meant(bench, "digits@stable")
    (shown,) = S3Source(bench.store).overview("digits").versions
    assert (shown.labels, shown.expired_labels) == ((), ("stable",))


def test_a_label_is_not_given_for_a_time_that_is_over(bench: Bench) -> None:
    bench.publish()
    today = datetime.now(UTC).date()
    with pytest.raises(RegistryError, match=rf"--expires .* is over: today is {today} \(UTC\); ") as refused:
        promoted(bench, 1, expires=today - timedelta(days=1))
    assert refused.value.exit_code == BAD_INPUT
    assert read_label(bench.store, "digits", "stable") is None
    assert promoted(bench, 1, expires=today).expires == today


def test_a_version_that_is_no_longer_what_got_the_label_is_refused(bench: Bench) -> None:
    """Even one that the right key signed: nobody promoted that one."""
    bench.publish()
    promoted(bench, 1)
    pinned = bench.get("digits/labels/stable.json")
    written(bench.directory, **{"saved_model.pb": b"another graph"})
    other = Bench.made(bench.server, bench.keys, bench.directory)
    other.publish()
    for key in other.present("digits/1"):
        bench.put(key, other.get(key))
    assert digest_of(bench.get("digits/1/SHA256SUMS")).encode() not in pinned
    with pytest.raises(RegistryError, match="was promoted with SHA-256"):
        meant(bench, "digits@stable")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("digits@canary", "digits has no label 'canary'; its labels: stable"),
        ("digits@7", "digits has no version 7"),
        ("cats", "cats has no version that may be served"),
        ("Digits", "'Digits' is not a valid model name"),
        ("digits@0", "'0' is neither a version number nor a valid label"),
        ("digits@", "'' is neither a version number nor a valid label"),
    ],
)
def test_what_is_not_there_is_bad_input(bench: Bench, text: str, expected: str) -> None:
    bench.publish()
    promoted(bench, 1)
    with pytest.raises(RegistryError) as refusal:
        meant(bench, text)
    assert expected in str(refusal.value)
    assert refusal.value.exit_code == BAD_INPUT


def test_what_cannot_be_promoted_or_retired_is_refused(bench: Bench) -> None:
    bench.publish()
    with pytest.raises(RegistryError, match="digits has no version 2"):
        promoted(bench, 2)
    with pytest.raises(RegistryError, match="label 'latest' is reserved"):
        promoted(bench, 1, label="latest")
    promoted(bench, 1)
    with pytest.raises(RegistryError, match="version 1 of digits still has the label stable;"):
        retire(bench.store, "digits", 1, retired_by="platform", reason="old")


def test_nothing_is_resolved_without_a_key(bench: Bench) -> None:
    bench.publish()
    with pytest.raises(RegistryError, match="no trusted signer is specified"):
        S3Source(bench.store).resolve(Reference("digits", 1))
