"""The commands that make a key pair and sign API keys with it."""

import json
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inferencectl.api_keys import api_key, key_pair
from inferencectl.workspace.errors import SandboxError
from settings import Caller, Mesh, MeshProfile, TokenIssuer
from tests.inferencectl.checkout import Checkout, Finished, model, tiny
from tests.settings.settings_stack import ROOT

DAY = 86_400
CALLERS = [
    {"name": "partner", "issuer": "keys", "subjects": ["partner.2026-11", "partner.2026-12"]},
    {"name": "lab", "issuer": "keys", "subjects": ["lab.1"]},
    {"name": "anybody", "issuer": "keys"},
    {"name": "batch", "namespace": "batch", "issuer": "keys", "subjects": ["batch.1"]},
    {"name": "shop", "namespace": "shop"},
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose stack has the public half of the key in `keys.pem`."""
    made = Checkout.copied_to(tmp_path_factory.mktemp("checkout"))
    done = made.run("api-key-pair", "--key", "keys.pem")
    assert done.code == 0, done.err
    issuer = {
        "name": "keys",
        "issuer": "platform-team",
        "audiences": ["models"],
        "jwks": done.out,
        "header": "x-api-key",
    }
    mesh = {"profile": "istio", "issuers": [issuer], "callers": CALLERS}
    made.write("tiny", {**tiny(model(mesh={"callers": ["shop", "batch"]})), "mesh": mesh})
    (made.root / "public").write_text(done.out, encoding="utf-8")
    return made


def signed(checkout: Checkout, caller: str, *options: str, key: str = "keys.pem") -> Finished:
    return checkout.on_stack("api-key", "--caller", caller, "--key", key, *options)


def claims(checkout: Checkout, text: str) -> Mapping[str, Any]:
    """What a proxy reads in a key, once it has verified it by what the stack has."""
    (public,) = json.loads((checkout.root / "public").read_text(encoding="utf-8"))["keys"]
    assert jwt.get_unverified_header(text)["kid"] == public["kid"]
    return jwt.decode(text, jwt.PyJWK(public), algorithms=["ES256"], audience="models", issuer="platform-team")


def test_the_private_half_is_in_a_file_of_its_owner_and_the_public_one_is_what_a_stack_takes(
    checkout: Checkout,
) -> None:
    file, public = checkout.root / "keys.pem", (checkout.root / "public").read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text(encoding="utf-8").startswith("-----BEGIN PRIVATE KEY-----")
    assert TokenIssuer(name="keys", issuer="platform-team", audiences=("models",), jwks=public)
    assert set(json.loads(public)["keys"][0]) == {"kty", "crv", "x", "y", "alg", "use", "kid"}


def test_a_key_pair_is_not_replaced(checkout: Checkout) -> None:
    before = (checkout.root / "keys.pem").read_bytes()
    done = checkout.run("api-key-pair", "--key", "keys.pem")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: keys.pem: is there already\nchoose another file")
    assert (checkout.root / "keys.pem").read_bytes() == before


def test_a_key_says_who_carries_it_and_until_when(checkout: Checkout) -> None:
    done = signed(checkout, "lab", "--days", "30")
    assert done.code == 0, done.err
    found = claims(checkout, done.out.strip())
    assert found["sub"] == "lab.1"
    assert abs(found["exp"] - time.time() - 30 * DAY) < 120
    assert "clients send it as 'x-api-key: <key>'" in done.err
    assert "remove the subject from caller lab" in done.err


def test_one_subject_of_several_is_named(checkout: Checkout) -> None:
    done = signed(checkout, "partner", "--subject", "partner.2026-12", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert claims(checkout, found["key"])["sub"] == found["subject"] == "partner.2026-12"
    assert (found["header"], found["audience"]) == ("x-api-key: <key>", "models")


@pytest.mark.parametrize(
    ("caller", "options", "error"),
    [
        (
            "shop",
            (),
            "'shop' is no caller of the stack that carries a token\nchoose one of partner, lab, anybody, batch",
        ),
        ("anybody", (), "caller 'anybody' has no subjects, so that no key of its issuer could be withdrawn\nadd one"),
        ("partner", (), "caller 'partner' has several subjects\nchoose one of partner.2026-11, partner.2026-12"),
        ("lab", ("--subject", "lab.2"), "caller 'lab' has no subject 'lab.2'\nchoose one of lab.1"),
        ("lab", ("--days", "0"), "Invalid value for '--days': Input should be greater than or equal to 1"),
    ],
)
def test_a_key_that_nobody_would_accept_is_not_signed(
    checkout: Checkout, caller: str, options: tuple[str, ...], error: str
) -> None:
    done = signed(checkout, caller, *options)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {error}")


@pytest.mark.parametrize(("caller", "is_named"), [("lab", False), ("batch", True)])
def test_a_key_that_opens_no_model_says_so(checkout: Checkout, caller: str, *, is_named: bool) -> None:
    done = signed(checkout, caller)
    assert done.code == 0, done.err
    assert ("no model of tiny names caller lab, so that the key opens nothing yet" in done.err) is not is_named


@pytest.mark.parametrize(("part", "is_known"), [("kid", False), ("alg", False), ("use", True)])
@pytest.mark.parametrize("value", [None, "other"])
def test_a_key_is_signed_only_if_a_proxy_would_find_its_public_half(
    tmp_path: Path, part: str, *, is_known: bool, value: str | None
) -> None:
    file = tmp_path / "keys.pem"
    public = {**key_pair.public(key_pair.make(file)), part: value}
    jwks = json.dumps({"keys": [{name: text for name, text in public.items() if text}]})
    issuer = TokenIssuer(name="keys", issuer="platform-team", audiences=("models",), jwks=jwks)
    caller = Caller(name="lab", issuer="keys", subjects=("lab.1",))
    mesh = Mesh(profile=MeshProfile.ISTIO, issuers=(issuer,), callers=(caller,))
    if is_known or value is None:
        assert api_key.sign(mesh, "lab", None, file, days=1).subject == "lab.1"
    else:
        with pytest.raises(SandboxError, match="does not have the public half"):
            api_key.sign(mesh, "lab", None, file, days=1)


def test_private_keys_stay_out_of_the_repository() -> None:
    assert "*.pem" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def pem(key: Any) -> bytes:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "No such file or directory"),
        (b"not a key", "is no private key in a PEM file without password"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "is a key of another kind than ECDSA on P-256"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "issuer 'keys' of the stack does not have the public half"),
    ],
    ids=["absent", "no key", "another curve", "another key"],
)
def test_a_key_pair_that_the_stack_does_not_know_signs_nothing(
    checkout: Checkout, tmp_path: Path, content: bytes | None, error: str
) -> None:
    file = tmp_path / "other.pem"
    if content:
        file.write_bytes(content)
    done = signed(checkout, "lab", key=str(file))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {file}: {error}")
    assert "PRIVATE KEY" not in done.err
