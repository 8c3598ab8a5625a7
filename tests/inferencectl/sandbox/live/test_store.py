"""The store of the live stack, as its clients find it: boto3 as the registry has it, and the script of the pods."""

import os
import signal
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from inferencectl.sandbox import processes
from inferencectl.sandbox.live.store import BUCKET, REGION, Store
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_manifests import HOST
from inferencectl.sandbox.live.store_process import NAME, StoreProcess
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.inferencectl.sandbox.live.conftest import silent
from tests.waiting import soon


def client_of(store: Store, **more: Any) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        verify=str(store.authority),
        region_name=REGION,
        aws_access_key_id=store.credentials.access_key_id,
        aws_secret_access_key=store.credentials.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, request_checksum_calculation="when_required", **more),
    )


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def process_number(process: StoreProcess) -> int:
    (number,) = (each.process.pid for each in processes.running(process.directory) if each.name == NAME)
    return number


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_once_is_never_overwritten(store: Store) -> None:
    s3 = client_of(store)
    s3.put_object(Bucket=BUCKET, Key="digits/1/model.py", Body=b"first", IfNoneMatch="*")
    again = {"Bucket": BUCKET, "Key": "digits/1/model.py", "Body": b"second"}
    assert refusal(s3.put_object, **again, IfNoneMatch="*") == "PreconditionFailed"
    assert refusal(s3.put_object, **again, IfMatch='"0123"') == "PreconditionFailed"
    assert s3.get_object(Bucket=BUCKET, Key="digits/1/model.py")["Body"].read() == b"first"


def test_nobody_reads_without_the_key(store: Store) -> None:
    wrong = replace(store, credentials=replace(store.credentials, secret_access_key="wrong"))
    assert refusal(client_of(wrong).list_objects_v2, Bucket=BUCKET) == "SignatureDoesNotMatch"
    assert refusal(client_of(store, signature_version=UNSIGNED).list_objects_v2, Bucket=BUCKET) == "AccessDenied"


def test_its_secrets_are_for_its_owner_alone_and_its_data_for_every_server(store_process: StoreProcess) -> None:
    store = store_process.ensure(silent)
    client_of(store).put_object(Bucket=BUCKET, Key="digits/1/model.py", Body=b"content")
    files = store_process.files
    secrets = [files.directory / "credentials.json", files.certificate / "tls.key"]
    assert [mode(path) for path in (files.directory, *secrets)] == [0o700, 0o600, 0o600]
    # The pod has another user, and what it reads beside the content is in the attributes of the file.
    written_file = files.data / BUCKET / "digits" / "1" / "model.py"
    assert mode(written_file) == 0o644
    assert [mode(path) for path in (files.data, files.data / BUCKET, written_file.parent)] == [0o755] * 3
    assert "user.etag" in os.listxattr(written_file)


def test_it_is_left_running_and_started_again_with_its_objects_after_a_kill(store_process: StoreProcess) -> None:
    store = store_process.ensure(silent)
    client_of(store).put_object(Bucket=BUCKET, Key="kept", Body=b"content")
    number = process_number(store_process)
    assert store_process.ensure(silent) == store
    assert process_number(store_process) == number
    os.kill(number, signal.SIGKILL)
    soon(lambda: not processes.running(store_process.directory), "it is gone")
    again = client_of(store_process.ensure(silent))
    assert again.get_object(Bucket=BUCKET, Key="kept")["Body"].read() == b"content"


def test_its_files_are_made_once(store_process: StoreProcess) -> None:
    def made() -> tuple[Any, bytes]:
        return store_process.files.credentials, (store_process.files.certificate / "tls.crt").read_bytes()

    before = made()
    store_process.files.ensure([HOST])
    assert made() == before


def test_a_file_system_without_attributes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_arguments: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", unsupported)
    with pytest.raises(SandboxError) as error:
        StoreFiles(tmp_path / "store").ensure()
    assert error.value.exit_code == BAD_INPUT
    assert f"{tmp_path / 'store' / 'data'}: the file system has no extended attributes" in str(error.value)
