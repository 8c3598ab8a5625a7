"""The key that models are signed with: what is accepted, and what is refused in which words."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from settings import images_of, load
from tests.components.model_service.signing import PUBLIC_KEY, TOOLS_IMAGE
from tests.registry.models import Keys
from tests.settings.settings_stack import edited, problems

FORM = (
    "the public half of an ECDSA key on P-256, P-384 or P-521 in PEM, as a block of text: -----BEGIN PUBLIC KEY-----..."
)
TOOLS = {"tools": TOOLS_IMAGE}


def pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_a_key_as_openssl_writes_it_is_accepted(curve: ec.EllipticCurve) -> None:
    key = pem(ec.generate_private_key(curve).public_key())
    platform = load("dev", edited({"signing": {"publicKey": key}, "images": TOOLS}))
    assert platform.signing
    assert platform.signing.public_key == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "signing.pub",
        pem(rsa.generate_private_key(65537, 2048).public_key()),
        pem(ed25519.Ed25519PrivateKey.generate().public_key()),
        pem(ec.generate_private_key(ec.SECP256K1()).public_key()),
        PUBLIC_KEY.replace("MFkw", "MFk!"),
        PUBLIC_KEY.replace("PUBLIC", "EC PRIVATE"),
        PUBLIC_KEY.replace("\n", " "),
        PUBLIC_KEY + PUBLIC_KEY,
    ],
    ids=["empty", "a file", "RSA", "Ed25519", "another curve", "no base64", "another block", "one line", "two keys"],
)
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    (problem,) = problems({"signing": {"publicKey": key}, "images": TOOLS})
    assert problem == f".signing.publicKey: not shown; expected {FORM}"


def test_a_private_key_is_not_repeated(tmp_path: Path) -> None:
    private = Keys.made_in(tmp_path).private.read_text(encoding="utf-8")
    (problem,) = problems({"signing": {"publicKey": private}, "images": TOOLS})
    assert "PRIVATE" not in problem
    assert private[40:60] not in problem


def test_signatures_need_the_image_that_verifies_them() -> None:
    (problem,) = problems({"signing": {"publicKey": PUBLIC_KEY}})
    assert problem.startswith(".images.tools: missing; expected the image that verifies signatures")
    (problem,) = problems({"images": {"tools": "registry.example/inference/tools:1.0"}})
    assert "expected an image with registry and digest" in problem


def test_a_copy_of_the_pause_image_takes_the_place_of_that_of_kubernetes() -> None:
    mirrored = "registry.example/mirror/pause@sha256:" + "5" * 64
    assert images_of(load("dev", edited({"images": {"pause": mirrored}})), {}).pause == mirrored
    assert "registry.k8s.io/pause" in images_of(load("dev", edited({"images": TOOLS})), {}).pause


def test_the_image_that_verifies_takes_the_place_of_the_one_that_copies() -> None:
    images = images_of(load("dev", edited({"images": TOOLS})), {})
    assert images.fetcher == TOOLS_IMAGE
    assert all(TOOLS_IMAGE in each for each in images.by_vendor.values())
    assert not any("rclone" in image for each in images.by_vendor.values() for image in each)
