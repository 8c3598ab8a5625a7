"""Every way in which a file may not be the key that is wanted, at every place that reads a key."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

from registry.errors import BAD_INPUT, RegistryError
from registry.keys import private_key, public_key
from registry.locking import pinned
from registry.options import signer_of, verifier_of
from registry.signing import KeySigner, KeyVerifier, fingerprint
from tests.registry.models import Bench

PASSWORD = "open sesame"
OTHER_KINDS: Mapping[str, Callable[[], Any]] = {
    "an Ed25519 key": ed25519.Ed25519PrivateKey.generate,
    "a X25519 key": x25519.X25519PrivateKey.generate,
    "an RSA key": lambda: rsa.generate_private_key(65537, 2048),
    "a DSA key": lambda: dsa.generate_private_key(2048),
    "an ECDSA key on secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
}
NO_KEYS: Mapping[str, bytes] = {
    "empty": b"",
    "text": b"-----BEGIN\n",
    "binary": bytes(range(256)),
    "cut": b"-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n",
    "another block": b"-----BEGIN CERTIFICATE-----\nMIGHAgEA\n-----END CERTIFICATE-----\n",
    "OpenSSH": b"-----BEGIN OPENSSH PRIVATE KEY-----\nMIGHAgEA\n-----END OPENSSH PRIVATE KEY-----\n",
}
MADE_BY = {"private": "openssl ecparam -name prime256v1 -genkey", "public": "openssl ec -in signing.pem -pubout"}


def private_pem(key: Any, password: str | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def public_pem(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def refusal(read: Callable[[], object], file: Path, half: str) -> str:
    """The one line that is said of a key, without where it lies and how a right one is made."""
    with pytest.raises(RegistryError) as refused:
        read()
    assert refused.value.exit_code == BAD_INPUT
    text = str(refused.value)
    assert len(text.splitlines()) == 1
    assert text.startswith(f"{half} key {file}: ")
    reason, _, remedy = text.removeprefix(f"{half} key {file}: ").partition("; ")
    assert remedy.startswith(f"specify a PEM file with an ECDSA key (P-256, P-384, P-521), as made by: {MADE_BY[half]}")
    return reason


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_key_of_another_kind_is_named(kind: str, tmp_path: Path) -> None:
    key, file = OTHER_KINDS[kind](), tmp_path / "key"
    file.write_bytes(private_pem(key))
    assert refusal(lambda: private_key(file, None), file, "private") == f"it is {kind}"
    assert refusal(lambda: public_key(file), file, "public") == "it is a private key"
    file.write_bytes(public_pem(key))
    assert refusal(lambda: public_key(file), file, "public") == f"it is {kind}"
    assert refusal(lambda: private_key(file, None), file, "private")


@pytest.mark.parametrize("content", NO_KEYS.values(), ids=NO_KEYS)
def test_a_file_without_a_key_is_one_error(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    assert refusal(lambda: public_key(file), file, "public")
    assert refusal(lambda: private_key(file, None), file, "private")


def test_what_is_not_a_file_is_one_error(tmp_path: Path) -> None:
    for file, reason in ((tmp_path, "Is a directory"), (tmp_path / "absent", "No such file or directory")):
        assert refusal(lambda file=file: public_key(file), file, "public") == reason
        assert refusal(lambda file=file: private_key(file, None), file, "private") == reason


def test_a_password_is_asked_for_where_there_is_one(tmp_path: Path) -> None:
    file, key = tmp_path / "key", ec.generate_private_key(ec.SECP384R1())
    file.write_bytes(private_pem(key, PASSWORD))
    assert private_key(file, PASSWORD).private_numbers() == key.private_numbers()
    with pytest.raises(RegistryError, match="it is encrypted; set REGISTRY_KEY_PASSWORD"):
        private_key(file, None)
    with pytest.raises(RegistryError, match="REGISTRY_KEY_PASSWORD does not open it; correct the password"):
        private_key(file, "sesame")
    file.write_bytes(private_pem(key))
    with pytest.raises(RegistryError, match="it is not encrypted; unset REGISTRY_KEY_PASSWORD"):
        private_key(file, PASSWORD)


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_every_place_that_reads_a_key_refuses_it(kind: str, bench: Bench, tmp_path: Path) -> None:
    """The command line does before it reads a model, however large."""
    key = OTHER_KINDS[kind]()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(private_pem(key))
    public.write_bytes(public_pem(key))
    places = {
        "private": (
            lambda: signer_of(private, None, keyless=False),
            lambda: KeySigner(private).sign({}),
            lambda: KeySigner(private).verifier(),
        ),
        "public": (
            lambda: verifier_of(public, None, None, None),
            lambda: KeyVerifier(public).check(b"", {}, "the version"),
            lambda: fingerprint(public),
            lambda: pinned(bench.store, public, ["digits@stable"], {}),
        ),
    }
    for half, file in (("private", private), ("public", public)):
        for read in places[half]:
            assert refusal(read, file, half) == f"it is {kind}"
