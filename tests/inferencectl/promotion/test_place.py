"""What a stack must be for a version that was proved in another one."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from inferencectl.promotion.place import refuse_unfit
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Pin, Pins, Platform
from tests.components.models import TOOLS_IMAGE
from tests.inferencectl.promotion.stacks import VERSION, proved, stack
from tests.settings.settings_storage import GOOGLE, WEB

STORAGE = {"credentialsSecret": "model-storage", "cidrs": ["192.0.2.0/24"], "region": "eu-central-1"}
ELSEWHERE = {"storage": {**STORAGE, "region": "us-east-1"}}
VERSIONS = {"versions": [VERSION]}


def key() -> str:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


KEY, OTHER = key(), key()


def staging(**keys: Any) -> Platform:
    return stack("staging", None, None, **keys)


def said(there: Platform, now: Platform, root: Path = Path()) -> str:
    """What is in the way; empty if nothing is."""
    try:
        refuse_unfit(proved(there), "staging", now, now.models[0], root)
    except SandboxError as error:
        return str(error)
    return ""


def signed(public_key: str) -> dict[str, Any]:
    """The keys of a stack whose pods verify signatures."""
    return {"signing": {"publicKey": public_key}, "images": {"tools": TOOLS_IMAGE}}


def dev(**keys: Any) -> Platform:
    return stack("dev", None, VERSIONS, **keys)


def test_like_stacks_have_nothing_in_the_way() -> None:
    assert not said(dev(), stack("staging"))
    assert not said(dev(**signed(KEY)), staging(**signed(KEY.strip())))


def test_data_stays_in_its_region() -> None:
    found = said(dev(), staging(**ELSEWHERE))
    assert "the data of iris is in eu-central-1 with dev, and in us-east-1 with staging" in found
    resident = {"data": {"class": "internal", "residency": "eu-central-1"}}
    assert "the data of iris" not in said(dev(), staging(**ELSEWHERE, **resident))


@pytest.mark.parametrize(
    ("there", "now", "is_lower"),
    [
        ("personal", "confidential", True),
        ("internal", "public", True),
        ("internal", "internal", False),
        ("public", "personal", False),
    ],
)
def test_data_is_not_handled_less_strictly(there: str, now: str, is_lower: bool) -> None:
    found = said(dev(data={"class": there}), stack("staging", data={"class": now}))
    expected = f"the data of iris is {there} in dev, and staging handles it as {now}"
    assert (expected in found) == is_lower
    assert bool(found) == is_lower


def test_prod_says_how_it_handles_data() -> None:
    prod = stack("staging", None, {"replicas": 2}, environment="prod", volumes={"storageClass": "encrypted"})
    assert "staging does not say how it handles it" in said(dev(), prod)


def test_a_model_that_is_new_has_the_data_of_its_stack() -> None:
    refuse_unfit(proved(dev()), "staging", stack("staging"), None, Path())
    with pytest.raises(SandboxError, match="staging handles it as public") as refused:
        refuse_unfit(proved(dev()), "staging", stack("staging", data={"class": "public"}), None, Path())
    assert refused.value.exit_code == BAD_INPUT


def test_a_bucket_of_aws_is_in_one_region() -> None:
    resident = {"data": {"class": "internal", "residency": "eu-central-1"}}
    now = staging(**ELSEWHERE, **resident)
    assert "s3://models/iris/2 is on AWS in eu-central-1, and staging looks in us-east-1" in said(dev(), now)
    copied = {"storage": {**ELSEWHERE["storage"], "endpoint": "https://storage.example"}}
    assert not said(dev(), staging(**copied, **resident))


def test_a_version_is_read_from_the_kind_of_storage_that_it_is_in() -> None:
    resident = {"data": {"class": "internal", "residency": "eu-central-1"}}
    moved = {"versions": [{**VERSION, "storage": "gs://models/iris/1"}]}
    now = stack("staging", None, moved, storage=GOOGLE, **resident)
    found = said(dev(), now)
    assert "s3://models/iris/2 is in storage of type s3, and staging has type gs" in found
    elsewhere = {"storage": {**GOOGLE, "region": "us-east1"}}
    assert not said(
        stack("dev", None, moved, storage=GOOGLE, **resident), stack("staging", None, moved, **elsewhere, **resident)
    )


def test_a_version_is_read_from_the_server_that_it_is_on() -> None:
    resident = {"data": {"class": "internal", "residency": "eu-central-1"}}
    moved = {"versions": [{**VERSION, "storage": f"{WEB['endpoint']}/iris/1"}]}
    there = stack("dev", None, moved, storage=WEB, **resident)
    assert not said(there, stack("staging", None, moved, storage=WEB, **resident))
    own = {**WEB, "endpoint": "https://models.example"}
    here = {"versions": [{**VERSION, "storage": "https://models.example/iris/1"}]}
    found = said(there, stack("staging", None, here, storage=own, **resident))
    assert (
        f"{WEB['endpoint']}/iris/1 is elsewhere than staging reads models, which is at https://models.example" in found
    )


def test_a_signature_that_is_asked_for_was_verified_before() -> None:
    now = staging(**signed(KEY))
    assert "signed with its key, and dev verifies no signatures" in said(dev(), now)
    assert "signed with its key, and dev verifies signatures with another key" in said(dev(**signed(OTHER)), now)


def trusting(**keys: str) -> dict[str, Any]:
    listed = [{"name": name, "publicKey": key} for name, key in keys.items()]
    return {"signing": {"keys": listed}, "images": {"tools": TOOLS_IMAGE}}


def test_whatever_one_stack_trusts_the_other_has_to() -> None:
    """Which of several keys has signed a version is not known here."""
    both = trusting(old=OTHER, new=KEY)
    assert not said(dev(**signed(KEY)), staging(**both))
    assert not said(dev(**both), staging(**trusting(a=KEY, b=OTHER)))
    assert "with another key" in said(dev(**both), staging(**signed(KEY)))


def test_the_registry_verifies_the_signature_of_a_name(tmp_path: Path) -> None:
    registry = {"registry": {"url": "s3://models/production", "publicKey": "models.pub"}}
    pin = Pin(version=2, storage=VERSION["storage"], sha256="cd" * 32, size_bytes=1, metrics={})
    named = stack("dev", Pins("dev", {"iris@2": pin}), {"versions": [{"name": "iris@2"}]}, **registry)
    now = staging(**signed(KEY))
    (tmp_path / "models.pub").write_text(OTHER, encoding="utf-8")
    assert "dev verifies no signatures" in said(named, now, tmp_path)
    (tmp_path / "models.pub").write_text(KEY, encoding="utf-8")
    assert not said(named, now, tmp_path)
