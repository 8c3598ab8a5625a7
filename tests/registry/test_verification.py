"""What is refused of a published version, with the reason."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.claim import signed_digests
from registry.errors import RegistryError
from registry.listing import METADATA, SIGNATURE, digest_of, listing_of, parsed_listing
from registry.metadata import Metadata
from registry.model_files import LocalFile
from registry.names import Reference
from registry.publication import Publication, publish
from registry.retirement import retire
from registry.s3_source import S3Source
from registry.signing import KeySigner, KeyVerifier
from registry.verification import verify
from tests.registry.models import FILES, Bench, Keys, silent


@dataclass(frozen=True, kw_only=True)
class EarlierPublication(Publication):
    """A publication of some days ago."""

    days: int

    def metadata(self, version: int, files: "list[LocalFile]") -> Metadata:  # type: ignore[override]
        now = super().metadata(version, files)
        return now.model_copy(update={"published_at": datetime.now(UTC) - timedelta(days=self.days)})


def relist(bench: Bench) -> None:
    """Rewrite the listing for the current files, as an attacker with write access to the bucket would."""
    paths = {key.removeprefix("digits/1/") for key in bench.present("digits/1")} - {"SHA256SUMS"}
    digests = {path: digest_of(bench.get(f"digits/1/{path}")) for path in paths}
    bench.put("digits/1/SHA256SUMS", listing_of(digests))


def changed_byte(bench: Bench) -> None:
    bench.put("digits/1/saved_model.pb", b"graqh")


def changed_byte_and_listing(bench: Bench) -> None:
    changed_byte(bench)
    relist(bench)


def missing_file(bench: Bench) -> None:
    bench.remove("digits/1/variables/variables.index")


def missing_file_and_listing(bench: Bench) -> None:
    missing_file(bench)
    relist(bench)


def extra_file(bench: Bench) -> None:
    bench.put("digits/1/assets/evil.so", b"not listed")


def extra_file_and_listing(bench: Bench) -> None:
    extra_file(bench)
    relist(bench)


def unsigned(bench: Bench) -> None:
    bench.remove("digits/1/model.sig")
    relist(bench)


def no_signature(bench: Bench) -> None:
    bench.put("digits/1/model.sig", b"{}")
    relist(bench)


def better_metrics(bench: Bench) -> None:
    bench.put("digits/1/metadata.json", bench.get("digits/1/metadata.json").replace(b"0.984", b"0.999"))


def better_metrics_and_listing(bench: Bench) -> None:
    better_metrics(bench)
    relist(bench)


def other_model(bench: Bench) -> None:
    """A version of another model, signed with the right key, in the place of this one."""
    bench.publish(name="cats")
    for path in (*FILES, "metadata.json", "model.sig", "SHA256SUMS"):
        bench.put(f"digits/1/{path}", bench.get(f"cats/1/{path}"))


def broken_listing(bench: Bench) -> None:
    bench.put("digits/1/SHA256SUMS", b"no listing\n")


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (changed_byte, "digits/1/saved_model.pb was modified"),
        (changed_byte_and_listing, "invalid signature: .*saved_model.pb"),
        (missing_file, "missing files: variables/variables.index"),
        (missing_file_and_listing, "invalid signature: .*variables.index"),
        (extra_file, "unexpected files: assets/evil.so"),
        (extra_file_and_listing, "invalid signature: .*evil.so"),
        (unsigned, r"the version is not signed \(no model.sig\)"),
        (no_signature, "invalid signature"),
        (better_metrics, "digits/1/metadata.json was modified"),
        (better_metrics_and_listing, "invalid signature: .*metadata.json"),
        (other_model, "contains cats version 1"),
        (broken_listing, "is not a listing written by the registry"),
    ],
)
def test_what_was_tampered_with_is_refused(bench: Bench, tamper: Callable[[Bench], None], expected: str) -> None:
    bench.publish()
    verify(bench.store, "digits", 1, bench.verifier, silent)
    tamper(bench)
    with pytest.raises(RegistryError, match=expected):
        verify(bench.store, "digits", 1, bench.verifier, silent)


def test_another_key_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.publish()
    other = KeyVerifier(Keys.made_in(tmp_path / "other").public)
    with pytest.raises(RegistryError, match="invalid signature: Key mismatch"):
        verify(bench.store, "digits", 1, other, silent)


def test_a_signature_of_another_key_that_names_the_expected_one_is_refused(bench: Bench, tmp_path: Path) -> None:
    other = Keys.made_in(tmp_path / "other")
    done = bench.publish()
    forged = KeySigner(other.private).sign(signed_digests(done.metadata))
    hint = _hint(bench.get("digits/1/model.sig"))
    bench.put("digits/1/model.sig", forged.replace(_hint(forged), hint))
    relist(bench)
    with pytest.raises(RegistryError, match="invalid signature"):
        verify(bench.store, "digits", 1, bench.verifier, silent)


def _hint(signature: bytes) -> bytes:
    return signature.partition(b'"hint":')[2].partition(b'"')[2].partition(b'"')[0]


def test_a_version_is_refused_after_its_retention(bench: Bench) -> None:
    plain = bench.publication(retentionDays=10)
    for version, days in ((1, 9), (2, 12)):
        earlier = EarlierPublication(
            name="digits", description=plain.description, published_by="data-science", signer=plain.signer, days=days
        )
        publish(bench.store, earlier, bench.files, version, silent)
    verify(bench.store, "digits", 1, bench.verifier, silent)
    with pytest.raises(RegistryError, match=r"version 2 of digits is past its retention, which ended on "):
        verify(bench.store, "digits", 2, bench.verifier, silent)
    source = S3Source(bench.store, bench.verifier)
    assert source.resolve(Reference("digits", "latest")).version == 1


def test_a_retired_version_is_refused_for_good(bench: Bench) -> None:
    bench.publish()
    retire(bench.store, "digits", 1, retired_by="data-science", reason="trained on the wrong year")
    with pytest.raises(RegistryError, match="was retired by data-science: trained on the wrong year"):
        verify(bench.store, "digits", 1, bench.verifier, silent)
    with pytest.raises(RegistryError, match="is already retired by data-science"):
        retire(bench.store, "digits", 1, retired_by="someone", reason="again")


def test_what_is_fetched_is_the_model_as_it_was_published(bench: Bench, tmp_path: Path) -> None:
    bench.publish()
    source = S3Source(bench.store, bench.verifier)
    fetched = tmp_path / "fetched"
    source.fetch(source.resolve(Reference("digits", 1)), fetched, silent)
    assert {path: (fetched / path).read_bytes() for path in FILES} == FILES
    changed_byte(bench)
    with pytest.raises(RegistryError, match=r"saved_model.pb was modified"):
        source.fetch(source.show("digits", 1), tmp_path / "again", silent)
    assert [entry.name for entry in tmp_path.iterdir() if "again" in entry.name] == []


def test_the_command_line_of_model_signing_accepts_a_fetched_version(bench: Bench, tmp_path: Path) -> None:
    bench.publish()
    source = S3Source(bench.store, bench.verifier)
    source.fetch(source.resolve(Reference("digits", 1)), tmp_path / "fetched", silent)

    def accepts() -> subprocess.CompletedProcess[str]:
        fetched = tmp_path / "fetched"
        command = [sys.executable, "-m", "model_signing", "verify", "key", str(fetched)]
        options = {"--signature": SIGNATURE, "--ignore-paths": "SHA256SUMS"}
        named = [text for option, path in options.items() for text in (option, str(fetched / path))]
        # The signature itself lies beside what it signs.
        command += [*named, "--ignore-paths", str(fetched / SIGNATURE), "--public_key", str(bench.keys.public)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = accepts()
    assert done.returncode == 0, done.stderr
    (tmp_path / "fetched" / METADATA).write_bytes(b"{}")
    assert accepts().returncode != 0


def test_a_listing_is_read_as_it_was_written() -> None:
    digests = {"b c": "ab" * 32, "a": "cd" * 32}
    assert parsed_listing(listing_of(digests), "x") == digests
    assert listing_of(digests) == f"{'cd' * 32}  a\n{'ab' * 32}  b c\n".encode()
