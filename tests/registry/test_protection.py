"""Encryption with a customer's key, and the policy and lifecycle of the bucket: made here, heeded by an S3 server."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.errors import RegistryError
from registry.object_store import ObjectStore
from registry.protection import Access, Document, bucket_policy, lifecycle
from registry.publication import Published, publish
from registry.retirement import retire
from tests.model_pod import FETCH_SCRIPT, ModelPod
from tests.registry.bucket_guard import Request, allows, guard
from tests.registry.models import Bench, silent
from tests.s3_server import BUCKET

KEY = "arn:aws:kms:eu-central-1:0:key/4f1c2aa0-0000-0000-0000-000000000001"
OTHER_KEY = KEY.replace("0001", "0002")


def user(name: str) -> str:
    return f"arn:aws:iam::0:user/{name}"


ACCESS = Access(
    publishers=[user("publisher")], readers={"digits": [user("digits-pods")], "iris-2": [user("iris-pods")]}
)


@dataclass(frozen=True)
class Guarded:
    """A registry in a bucket that heeds `policy`."""

    bench: Bench
    policy: Document
    patch: pytest.MonkeyPatch

    def store(self, who: str, kms_key: str | None = KEY) -> ObjectStore:
        self.patch.setenv("AWS_ACCESS_KEY_ID", who)
        return ObjectStore(self.bench.url, self.bench.server.url, kms_key)

    def publish(self, who: str = "publisher", kms_key: str | None = KEY) -> Published:
        return publish(self.store(who, kms_key), self.bench.publication(), self.bench.files, None, silent)

    def encryption(self) -> dict[str, tuple[str, str]]:
        """How each object of the registry is encrypted, and with which key."""
        self.bench.server.let_all_pass()
        client = self.bench.server.client()
        found = {entry: client.head_object(Bucket=BUCKET, Key=self.bench.key(entry)) for entry in self.present()}
        return {key: (head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")) for key, head in found.items()}

    def present(self) -> set[str]:
        return self.bench.present("digits")


@pytest.fixture
def guarded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    policy = bucket_policy(bench.store, KEY, ACCESS)
    bench.server.allows = guard(policy)
    return Guarded(bench, policy, monkeypatch)


def test_everything_that_is_published_is_encrypted_with_the_key(guarded: Guarded) -> None:
    (guarded.bench.directory / "variables" / "large").write_bytes(b"0" * (9 << 20))  # in parts, from 8 MiB on
    guarded.publish()
    encryption = guarded.encryption()
    assert encryption.keys() >= {"digits/1/variables/large", "digits/1/SHA256SUMS", "digits/claims/1.json"}
    assert set(encryption.values()) == {("aws:kms", KEY)}


@pytest.mark.parametrize("kms_key", [None, OTHER_KEY])
def test_what_is_not_encrypted_with_the_key_is_not_written(guarded: Guarded, kms_key: str | None) -> None:
    with pytest.raises(RegistryError, match="Access Denied"):
        guarded.publish(kms_key=kms_key)
    assert guarded.encryption() == {}


@pytest.mark.parametrize("who", ["digits-pods", "nobody"])
def test_only_publishers_publish(guarded: Guarded, who: str) -> None:
    with pytest.raises(RegistryError, match="Access Denied"):
        guarded.publish(who)


def exit_code(guarded: Guarded, done: Published, home: Path, who: str) -> int:
    """Of a pod that has the credentials of `who`."""
    pod = ModelPod(guarded.bench.server, home / who, done.storage, done.sha256)
    pod.home.mkdir()
    pod.mount_credentials()
    (pod.credentials / "accessKeyId").write_text(who)
    return pod.run(FETCH_SCRIPT, RCLONE_RETRIES="1", RCLONE_LOW_LEVEL_RETRIES="1").returncode


def test_the_pods_of_a_model_read_that_model_and_no_other(guarded: Guarded, tmp_path: Path) -> None:
    done = guarded.publish()
    codes = {who: exit_code(guarded, done, tmp_path, who) for who in ("digits-pods", "iris-pods", "nobody")}
    assert codes == {"digits-pods": 0, "iris-pods": 1, "nobody": 1}


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
def test_nothing_passes_in_plain_text(guarded: Guarded, action: str) -> None:
    prefix = guarded.store("publisher").prefix
    encrypted = {"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": KEY}
    resource = f"arn:aws:s3:::{BUCKET}" + ("" if action == "s3:ListBucket" else f"/{prefix}digits/1/metadata.json")
    for secure in ("true", "false"):
        conditions = {"aws:SecureTransport": secure, "s3:prefix": f"{prefix}digits/", **encrypted}
        request = Request(user("publisher"), action, resource, conditions)
        assert allows(guarded.policy, request) is (secure == "true")


def test_storage_takes_the_policy_and_the_lifecycle(guarded: Guarded) -> None:
    guarded.bench.server.let_all_pass()
    client = guarded.bench.server.client()
    client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(guarded.policy))
    assert json.loads(client.get_bucket_policy(Bucket=BUCKET)["Policy"]) == guarded.policy
    rules = lifecycle(guarded.bench.store, [], 30)
    client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=rules)
    (rule,) = client.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    client.delete_bucket_policy(Bucket=BUCKET)
    client.delete_bucket_lifecycle(Bucket=BUCKET)


def test_statement_ids_are_distinct_and_valid(bench: Bench) -> None:
    names = ("iris-2", "iris2", "iris--2", "iris-d", "irisd", "iris-dash-2", "irisdash2")
    readers = {name: [user(name)] for name in names}
    policy = bucket_policy(bench.store, KEY, Access(publishers=[user("publisher")], readers=readers))
    ids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[A-Za-z0-9]+", each) for each in ids)


def rules_of(store: ObjectStore) -> list[Document]:
    return lifecycle(store, ["digits", "iris"], 30)["Rules"][1:]


def test_the_lifecycle_deletes_retired_versions_and_no_others(bench: Bench) -> None:
    bench.publish()
    bench.publish()
    bench.publish(name="iris")
    assert rules_of(bench.store) == []
    retirement = retire(bench.store, "digits", 1, retired_by="data-science", reason="drift")
    (rule,) = rules_of(bench.store)
    assert rule["Filter"] == {"Prefix": bench.key("digits/1/")}
    deleted = datetime.fromisoformat(rule["Expiration"]["Date"])
    assert timedelta(days=30) < deleted - retirement.retired_at <= timedelta(days=31)
    assert deleted.tzinfo == UTC
