"""The command line: one line per error with a remedy, exit code 2 for bad input, JSON for machines."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from registry.errors import BAD_INPUT, FAILED
from tests.registry.models import DESCRIPTION, Bench
from tests.registry.running import Finished, known
from tests.s3_server import BUCKET

ROOT = Path(__file__).parents[2]


def test_the_command_line_is_a_module(bench: Bench) -> None:
    command = [sys.executable, "-m", "registry", "show", "digits@9"]
    environment = {**os.environ, **known(bench)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == BAD_INPUT
    assert ran.stderr == "error: digits has no version 9; see: python -m registry list\n"


def test_without_its_packages_the_command_line_says_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("raise ModuleNotFoundError(name='boto3')")
    command = [sys.executable, "-m", "registry", "list"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == BAD_INPUT
    assert ran.stderr == "error: package boto3 is not installed; run: make registry\n"


def test_a_model_is_published_promoted_resolved_verified_fetched_and_retired(
    bench: Bench, run: Callable[..., Finished], described: Path, tmp_path: Path
) -> None:
    def done(*arguments: str) -> str:
        ran = run(*arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    published = done("publish", "digits", str(bench.directory), "--description", str(described))
    assert published.startswith("published digits version 1\n{version: 1, storage: s3://models/")
    assert done("promote", "digits@1", "stable") == "digits@stable: none → 1\n"
    resolved = json.loads(done("resolve", "digits@stable", "--json"))
    named = yaml.safe_load(published.splitlines()[1])
    assert {key: resolved[key] for key in named} == named
    lock = tmp_path / "models.lock"
    assert done("lock", "digits@stable", "--stack", "dev", "--lock", str(lock)) == (
        "digits@stable: version 1, accuracy 0.984\n"
    )
    pins = json.loads(done("lock", "digits@stable", "--stack", "dev", "--lock", str(lock), "--json"))
    assert {key: pins["digits@stable"][key] for key in named} == named
    assert done("verify", "digits") == "verified digits version 1\n"
    done("fetch", "digits@stable", str(tmp_path / "fetched"))
    assert (tmp_path / "fetched" / "saved_model.pb").read_bytes() == b"graph"
    done("publish", "digits", str(bench.directory), "--description", str(described))
    assert "retired: old" in done("retire", "digits@2", "--reason", "old") + done("list")
    versions = json.loads(done("list", "digits", "--json"))
    assert [(version["version"], version["labels"], version["retired"]) for version in versions] == [
        (1, ["stable"], None),
        (2, [], "old"),
    ]
    assert "accuracy 0.984" in done("show", "digits@1")
    assert done("clear", "digits") == "abandoned unfinished versions of digits: none\n"


BAD: Mapping[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "no-registry": (
        ("list",),
        {"REGISTRY_URL": "models/prefix"},
        "'models/prefix' is not of the form s3://bucket/prefix; ",
    ),
    "no-bucket": (("list",), {"REGISTRY_URL": "s3://absent/x"}, "NoSuchBucket); correct the name"),
    "no-credentials": (
        ("list",),
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"},
        "Unable to locate credentials; set AWS_ACCESS_KEY_ID",
    ),
    "no-verifier": (("resolve", "digits"), {"REGISTRY_PUBLIC_KEY": ""}, "no trusted signer is specified; specify"),
    "no-key": (("resolve", "digits@1"), {"REGISTRY_PUBLIC_KEY": "absent.pub"}, "absent.pub: "),
    "expiry that is over": (
        ("promote", "digits@1", "stable", "--expires", "2025-01-01"),
        {},
        "--expires 2025-01-01 is over: today is ",
    ),
    "no-model": (("resolve", "digits@9"), {}, "digits has no version 9; see: python -m registry list"),
    "no-number": (
        ("retire", "digits@stable", "--reason", "x"),
        {},
        "digits@stable is not of the form NAME@NUMBER; specify",
    ),
    "half-identity": (
        ("resolve", "digits", "--identity", "a"),
        {"REGISTRY_PUBLIC_KEY": ""},
        "the identity is incomplete",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(bench: Bench, run: Callable[..., Finished], case: str) -> None:
    if case == "no-key":
        bench.publish()
    arguments, environment, expected = BAD[case]
    ran = run(*arguments, **environment)
    assert ran.returncode == BAD_INPUT, ran.stderr
    assert expected in ran.stderr
    assert ran.stderr.startswith("error: ")
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metrics": {}}, "metrics: "),
        ({"metrics": {"accuracy": "good"}}, "metrics.accuracy: "),
        ({"retentionDays": 0}, "retentionDays: "),
        ({"dataClass": "secret"}, "dataClass: "),
        ({"license": "MIT"}, "license: "),
        ({"licence": None}, "licence: "),
    ],
    ids=str,
)
def test_a_bad_description_is_reported_with_its_path(
    bench: Bench, run: Callable[..., Finished], described: Path, change: dict[str, object], expected: str
) -> None:
    described.write_text(yaml.safe_dump({**DESCRIPTION, **change}))
    ran = run("publish", "digits", str(bench.directory), "--description", str(described))
    assert ran.returncode == BAD_INPUT
    assert ran.stderr.startswith(f"error: {described}: {expected}")
    assert len(ran.stderr.splitlines()) == 1
    assert bench.present("digits") == set()


@pytest.mark.parametrize("key", ["absent", "public", "none"])
def test_a_key_that_cannot_sign_is_reported_before_anything_is_written(
    bench: Bench, run: Callable[..., Finished], described: Path, key: str
) -> None:
    private = {"absent": "absent.pem", "public": str(bench.keys.public), "none": ""}[key]
    ran = run("publish", "digits", str(bench.directory), "--description", str(described), REGISTRY_PRIVATE_KEY=private)
    assert ran.returncode == BAD_INPUT, ran.stderr
    assert ("no signing method" if key == "none" else private) in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert bench.present("digits") == set()


def test_storage_that_is_not_there_is_one_line(run: Callable[..., Finished]) -> None:
    ran = run("list", AWS_ENDPOINT_URL_S3="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    assert ran.returncode == FAILED
    assert "check the endpoint and the network" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_the_owner_of_the_bucket_gets_its_policy_and_lifecycle(run: Callable[..., Finished]) -> None:
    result = run("bucket-policy", "--kms-key", "arn:aws:kms:x", "--publisher", "arn:a", "--reader", "digits=arn:b")
    assert result.returncode == 0, result.stderr
    allowed = [each for each in json.loads(result.stdout)["Statement"] if each["Effect"] == "Allow"]
    assert [each["Principal"]["AWS"] for each in allowed] == [["arn:a"], ["arn:a"], ["arn:b"], ["arn:b"]]
    result = run("bucket-lifecycle", "--keep-days", "30")
    assert [rule["ID"] for rule in json.loads(result.stdout)["Rules"]] == ["interrupted-uploads"]
    result = run("bucket-policy", "--kms-key", "arn:aws:kms:x", "--reader", "digits")
    assert (result.returncode, result.stdout) == (BAD_INPUT, "")
    assert "reader 'digits' is not of the form NAME=ARN; specify the model" in result.stderr


def test_a_publication_can_name_the_key_that_encrypts_it(
    bench: Bench, run: Callable[..., Finished], described: Path
) -> None:
    command = ["publish", "digits", str(bench.directory), "--description", str(described)]
    result = run(*command, "--kms-key", "arn:aws:kms:x")
    assert result.returncode == 0, result.stderr
    head = bench.server.client().head_object(Bucket=BUCKET, Key=bench.key("digits/1/SHA256SUMS"))
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "arn:aws:kms:x")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["promot"], "No such command 'promot'. Did you mean 'promote'?; see python -m registry --help"),
        (["list", "--fast"], "No such option: --fast"),
        (
            ["promote", "digits@1", "stable", "--from", "x"],
            (
                "Invalid value for '--from': Input should be a valid integer, unable to parse string as an integer; "
                "see python -m registry promote --help"
            ),
        ),
    ],
    ids=["command", "option", "number"],
)
def test_wrong_usage_is_one_line_like_any_other_error(
    run: Callable[..., Finished], arguments: list[str], error: str
) -> None:
    refused = run(*arguments)
    assert (refused.returncode, refused.stdout) == (BAD_INPUT, "")
    assert refused.stderr.startswith(f"error: {error}")
    assert refused.stderr.count("\n") == 1
