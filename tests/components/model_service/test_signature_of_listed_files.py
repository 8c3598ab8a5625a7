"""The signature of a model is verified by the digests of its files, which are not read for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.model_service.scripts import verify_signature
from registry.listing import SIGNATURE, digest_of, listing_of
from registry.signing import KeySigner
from tests.registry.models import Keys

SIGNED = {"saved_model.pb": digest_of(b"graph"), "sub/SHA256SUMS": digest_of(b""), "a  b": digest_of(b"b")}


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.made_in(tmp_path / "keys")


def verified(folder: Path, keys: Keys, listed: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs the program as the script does; of the files in the listing only the signature exists."""
    (folder / SIGNATURE).write_bytes(KeySigner(keys.private).sign(SIGNED))
    (folder / "sums").write_bytes(listing_of({**listed, SIGNATURE: digest_of(b"whatever it is")}))
    program = Path(verify_signature.__file__).read_text(encoding="utf-8")
    command = [sys.executable, "-I", "-c", program, SIGNATURE, str(keys.public), "sums"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_files_are_not_read(tmp_path: Path, keys: Keys) -> None:
    done = verified(tmp_path, keys, SIGNED)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ({**SIGNED, "saved_model.pb": digest_of(b"graqh")}, "saved_model.pb"),
        ({**SIGNED, "more.so": digest_of(b"")}, "Extra files found in model 'model': more.so"),
        ({name: SIGNED[name] for name in ("saved_model.pb", "a  b")}, "Missing files in model 'model': sub/SHA256SUMS"),
    ],
    ids=["changed", "extra", "missing"],
)
def test_exactly_the_signed_files_are_accepted(tmp_path: Path, keys: Keys, listed: dict[str, str], reason: str) -> None:
    done = verified(tmp_path, keys, listed)
    assert done.returncode == 1
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
