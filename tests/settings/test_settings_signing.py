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


def listed(*keys: dict[str, str]) -> list[str]:
    return problems({"signing": {"keys": list(keys)}, "images": TOOLS})


OLD = {"name": "old", "publicKey": PUBLIC_KEY, "notAfter": "2027-06-30"}
NEW = {"name": "new", "publicKey": pem(ec.generate_private_key(ec.SECP384R1()).public_key())}


def test_several_keys_are_trusted_each_for_its_time() -> None:
    signing = load("dev", edited({"signing": {"keys": [OLD, NEW]}, "images": TOOLS})).signing
    assert signing
    assert [(key.name, key.not_before, key.not_after) for key in signing.keys] == [
        ("old", None, "2027-06-30"),
        ("new", None, None),
    ]
    assert len(signing.trusted) == 2


@pytest.mark.parametrize(
    "day", ["2027-13-01", "20270630", "30.06.2027", "2027-06-30T00:00:00Z", "soon", "", "2027-6-3"]
)
def test_a_day_that_is_none(day: str) -> None:
    (problem,) = listed({**OLD, "notAfter": day})
    assert problem.startswith(".signing.keys[0] (old).notAfter: ")
    assert problem.endswith("expected a day as in 2027-06-30")


def test_keys_that_contradict_each_other_are_refused_by_name() -> None:
    assert listed({**OLD, "notBefore": "2027-07-01"}) == [
        ".signing.keys[0] (old).notAfter: 2027-06-30; expected a day from 2027-07-01 on, notBefore"
    ]
    assert listed(OLD, {**NEW, "name": "old"}) == [
        ".signing.keys: 'old', 2 times; expected a different name for each key"
    ]
    assert listed(OLD, {**NEW, "publicKey": PUBLIC_KEY.rstrip()}) == [
        ".signing.keys[1] (new): the key of 'old' again; expected each key once"
    ]
    assert problems({"signing": {}, "images": TOOLS}) == [".signing.publicKey: missing; expected publicKey, or keys"]
    assert problems({"signing": {"publicKey": PUBLIC_KEY, "keys": [NEW]}, "images": TOOLS}) == [
        ".signing.keys: set, beside publicKey; expected publicKey or keys, with that key among them"
    ]


def test_a_private_key_in_the_list_is_not_repeated(tmp_path: Path) -> None:
    private = Keys.made_in(tmp_path).private.read_text(encoding="utf-8")
    (problem,) = listed({**NEW, "publicKey": private})
    assert problem == f".signing.keys[0] (new).publicKey: not shown; expected {FORM}"


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
