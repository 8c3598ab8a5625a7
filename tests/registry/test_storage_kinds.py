"""Storage that is not S3: what it takes, what it does to what it is sent, and what is said of it."""

import hashlib
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from registry.errors import BAD_INPUT, RegistryError
from registry.publication import publish
from registry.s3_source import S3Source
from registry.verification import verify
from tests import s3_faults
from tests.registry.models import Bench, Keys, silent, written
from tests.s3_faults import failing, refusing
from tests.s3_server import S3Server

DEFAULTS_OF_BOTO3 = "when_supported"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(
    authority: trustme.CA, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server
) -> Iterator[Bench]:
    """A registry over TLS, where boto3 may put a checksum behind the content."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with S3Server(context).running() as server:
        yield Bench.made(server, keys, written(tmp_path / "model"))


def test_no_checksum_follows_the_content(secure: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage that refuses it takes everything that is published, each request with the digest of its content."""
    seen: dict[str, str] = {}

    def allows(request: dict[str, str]) -> bool:
        if request["REQUEST_METHOD"] == "PUT":
            seen[request["PATH_INFO"].rpartition("/")[2]] = request["HTTP_X_AMZ_CONTENT_SHA256"]
        return True

    secure.server.fault = failing(s3_faults.trailers_refused, "PUT", "")
    secure.server.allows = allows  # pyright: ignore[reportAttributeAccessIssue]
    secure.publish()
    verify(secure.store, "digits", 1, secure.verifier, silent)
    assert seen["saved_model.pb"] == hashlib.sha256(b"graph").hexdigest()
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", DEFAULTS_OF_BOTO3)
    with pytest.raises(RegistryError, match=r"writing .* was refused: not now .InvalidArgument.") as refused:
        secure.publish()
    assert refused.value.exit_code == BAD_INPUT
    assert "again" not in refused.value.remedy


@pytest.mark.parametrize("first", ["/claims/1.json", "/saved_model.pb", "/metadata.json", "/model.sig", "/SHA256SUMS"])
def test_an_object_that_is_kept_otherwise_makes_no_version(bench: Bench, first: str) -> None:
    """Whichever is the first that the storage alters; a later version is published as if nothing had been."""
    bench.server.fault = failing(s3_faults.framed, "PUT", first, times=1)
    with pytest.raises(RegistryError, match=f"the storage does not keep what is written: .*{first} ") as refused:
        bench.publish()
    assert refused.value.exit_code == BAD_INPUT
    assert "again" not in refused.value.remedy
    overview = S3Source(bench.store).overview("digits")
    assert (list(overview.versions), list(overview.unreadable)) == ([], [])
    done = bench.publish(metrics={"accuracy": 1.0})
    verify(bench.store, "digits", done.metadata.version, bench.verifier, silent)


def test_a_claim_that_is_kept_otherwise_is_the_only_thing_that_is_written(bench: Bench) -> None:
    """Before hours of uploading, and without an unreadable claim in the way of the next publisher."""
    bench.server.fault = failing(s3_faults.framed, "PUT", "")
    with pytest.raises(RegistryError, match="does not keep what is written"):
        bench.publish()
    assert bench.present("digits") == set()


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (
            "400 Bad Request",
            "InvalidArgument",
            "correct the endpoint and the AWS settings, or use storage that supports",
        ),
        ("501 Not Implemented", "NotImplemented", "correct the endpoint and the AWS settings, or use storage that"),
        ("403 Forbidden", "RequestTimeTooSkewed", "set the clock of this machine"),
        ("403 Forbidden", "AccessDenied", "check the credentials and their permissions"),
    ],
)
def test_nobody_is_told_to_try_again_what_cannot_succeed(bench: Bench, status: str, code: str, remedy: str) -> None:
    bench.server.fault = failing(refusing(status, code), "PUT", "/saved_model.pb")
    with pytest.raises(RegistryError, match=f"{code}") as refused:
        publish(bench.store, bench.publication(), bench.files, None, silent)
    assert refused.value.remedy.startswith(remedy)
    assert refused.value.exit_code == BAD_INPUT


@pytest.mark.parametrize("document", ["digits/1/metadata.json", "digits/labels/stable.json"])
def test_what_cannot_be_read_hides_nothing_else(bench: Bench, document: str) -> None:
    bench.publish()
    bench.publish(metrics={"accuracy": 1.0})
    bench.put(document, b"{")
    overview = S3Source(bench.store).overview("digits")
    readable = [2] if "metadata" in document else [1, 2]
    assert [version.version for version in overview.versions] == readable
    (error,) = overview.unreadable
    assert f"{bench.url}/{document} is not a valid " in str(error)
    assert json.dumps(error.remedy).startswith('"update this checkout if a newer registry wrote it, or restore')
