"""Storage that fails for a moment is asked again; storage that goes on failing is one error."""

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.retries.standard import ExponentialBackoff

from registry.errors import FAILED, RegistryError
from registry.model_files import read_files
from registry.object_store import ObjectStore
from registry.publication import Published, publish
from registry.s3_source import S3Source
from registry.verification import verify
from tests import s3_faults
from tests.registry.models import Bench, silent, written
from tests.s3_faults import failing, refusing
from tests.s3_server import Fault

ATTEMPTS = 4
READ_SECONDS = 0.5
WRITE_FAULTS: dict[str, Fault] = {
    "500": refusing("500 Internal Server Error", "InternalError"),
    "503": refusing("503 Slow Down", "SlowDown"),
    "cut": s3_faults.cut_upload,
    "slow": s3_faults.silent,
}
READ_FAULTS: dict[str, Fault] = {
    **{name: WRITE_FAULTS[name] for name in ("500", "503", "slow")},
    "cut": s3_faults.cut_download,
    "empty": s3_faults.empty_download,
}
MODEL, LISTING, CLAIM = "/saved_model.pb", "/SHA256SUMS", "/claims/1.json"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client waits up to seconds between attempts, which is its library's business."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda _self, _context: 0)


@pytest.fixture
def store(bench: Bench) -> ObjectStore:
    return ObjectStore(bench.url, bench.server.url, read_seconds=READ_SECONDS)


@pytest.fixture
def published(bench: Bench, store: ObjectStore) -> Callable[[], Published]:
    return lambda: publish(store, bench.publication(), bench.files, None, silent)


def counting(bench: Bench, ending: str) -> list[str]:
    """The methods of the requests to come for paths with that ending."""
    seen: list[str] = []
    bench.server.before = lambda method, path: seen.append(method) if path.endswith(ending) else None
    return seen


@pytest.mark.parametrize("ending", [CLAIM, MODEL, LISTING])
@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_a_write_that_fails_for_a_moment_is_repeated(
    bench: Bench, store: ObjectStore, published: Callable[[], Published], fault: str, ending: str
) -> None:
    bench.server.fault = failing(WRITE_FAULTS[fault], "PUT", ending, times=2)
    assert published().metadata.version == 1
    verify(store, "digits", 1, bench.verifier, silent)


@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_a_write_that_goes_on_failing_is_one_error_and_can_be_finished_later(
    bench: Bench, store: ObjectStore, published: Callable[[], Published], fault: str
) -> None:
    bench.server.fault = failing(WRITE_FAULTS[fault], "PUT", MODEL)
    seen = counting(bench, MODEL)
    with pytest.raises(RegistryError, match=r"writing digits/1/saved_model.pb ") as refused:
        published()
    assert seen == ["PUT"] * ATTEMPTS
    assert refused.value.exit_code == FAILED
    assert len(str(refused.value).splitlines()) == 1
    assert list(S3Source(store).overview("digits").versions) == []
    bench.server.let_all_pass()
    assert published().metadata.version == 1
    verify(store, "digits", 1, bench.verifier, silent)


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_read_that_fails_for_a_moment_is_repeated(
    bench: Bench, store: ObjectStore, published: Callable[[], Published], fault: str
) -> None:
    published()
    for ending in (MODEL, LISTING):
        bench.server.fault = failing(READ_FAULTS[fault], "GET", ending, times=2)
        verify(store, "digits", 1, bench.verifier, silent)


@pytest.mark.parametrize("fault", [fault for fault in READ_FAULTS if fault != "cut"])
def test_a_read_that_goes_on_failing_is_one_error(
    bench: Bench, store: ObjectStore, published: Callable[[], Published], fault: str
) -> None:
    published()
    bench.server.fault = failing(READ_FAULTS[fault], "GET", MODEL)
    seen = counting(bench, MODEL)
    with pytest.raises(RegistryError, match=r"reading digits/1/saved_model.pb ") as refused:
        verify(store, "digits", 1, bench.verifier, silent)
    assert seen == ["GET"] * ATTEMPTS
    assert refused.value.exit_code == FAILED
    assert len(str(refused.value).splitlines()) == 1


def test_a_large_file_is_written_in_parts_of_which_each_is_repeated(
    bench: Bench, store: ObjectStore, tmp_path: Path
) -> None:
    large = written(tmp_path / "large", **{"variables/large": bytes(range(256)) * (80 << 10)})
    parts = counting(bench, "/variables/large")
    bench.server.fault = failing(s3_faults.cut_upload, "PUT", "/variables/large", times=3)
    publish(store, bench.publication(), read_files(large, silent), None, silent)
    assert len(parts) > 3
    verify(store, "digits", 1, bench.verifier, silent)


def test_a_read_that_broke_goes_on_with_the_same_object_only(bench: Bench, store: ObjectStore) -> None:
    bench.put("object", b"first" * 1000)
    bench.server.fault = failing(s3_faults.cut_download, "GET", "/object", times=1)
    pieces = iter(store.chunks("object"))
    assert next(pieces)
    bench.put("object", b"other" * 1000)
    with pytest.raises(RegistryError, match="PreconditionFailed"):
        b"".join(pieces)
