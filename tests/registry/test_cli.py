"""The command line: one line per error with a remedy, exit code 2 for bad input, JSON for machines."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from registry.cli import main
from registry.errors import BAD_INPUT, FAILED
from tests.registry.models import DESCRIPTION, Bench

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finished:
    """What a command left: its exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def known(bench: Bench) -> dict[str, str]:
    return {
        "REGISTRY_URL": bench.url,
        "AWS_ENDPOINT_URL_S3": bench.server.url,
        "REGISTRY_PRIVATE_KEY": str(bench.keys.private),
        "REGISTRY_PUBLIC_KEY": str(bench.keys.public),
        "REGISTRY_USER": "data-science",
    }


@pytest.fixture
def run(bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    """Run a command in this process, as starting one takes longer than what it does; an empty variable is unset."""

    def ran(*arguments: str, **environment: str) -> Finished:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["registry", *arguments])
            for name, value in {**known(bench), **environment}.items():
                patch.setenv(name, value)
                if not value:
                    patch.delenv(name)
            capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                main()
        told = capsys.readouterr()
        return Finished(int(end.value.code or 0), told.out, told.err)

    return ran


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
    assert ran.stderr == "error: the package boto3 is missing; install the registry's packages: make registry\n"


@pytest.fixture
def described(tmp_path: Path) -> Path:
    file = tmp_path / "digits.yaml"
    file.write_text(yaml.safe_dump(DESCRIPTION))
    return file


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
    assert done("verify", "digits") == "digits version 1 is what its publisher signed\n"
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
    assert done("clear", "digits") == "unfinished versions of digits that were given up: none\n"


BAD: Mapping[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "no-registry": (("list",), {"REGISTRY_URL": "models/prefix"}, "'models/prefix' is no s3://bucket/prefix; "),
    "no-bucket": (("list",), {"REGISTRY_URL": "s3://absent/x"}, "NoSuchBucket); correct the name"),
    "no-credentials": (
        ("list",),
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"},
        "Unable to locate credentials; set AWS_ACCESS_KEY_ID",
    ),
    "no-verifier": (("resolve", "digits"), {"REGISTRY_PUBLIC_KEY": ""}, "nothing says whose signature counts; name"),
    "no-key": (("resolve", "digits@1"), {"REGISTRY_PUBLIC_KEY": "absent.pub"}, "absent.pub: "),
    "no-model": (("resolve", "digits@9"), {}, "digits has no version 9; see: python -m registry list"),
    "no-number": (("retire", "digits@stable", "--reason", "x"), {}, "digits@stable is no NAME@NUMBER; retire"),
    "half-identity": (("resolve", "digits", "--identity", "a"), {"REGISTRY_PUBLIC_KEY": ""}, "half of an identity"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(bench: Bench, run: Callable[..., Finished], case: str) -> None:
    if case == "no-key":
        bench.publish()
    arguments, environment, told = BAD[case]
    ran = run(*arguments, **environment)
    assert ran.returncode == BAD_INPUT, ran.stderr
    assert told in ran.stderr
    assert ran.stderr.startswith("error: ")
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("change", "told"),
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
def test_a_bad_description_is_told_with_its_path(
    bench: Bench, run: Callable[..., Finished], described: Path, change: dict[str, object], told: str
) -> None:
    described.write_text(yaml.safe_dump({**DESCRIPTION, **change}))
    ran = run("publish", "digits", str(bench.directory), "--description", str(described))
    assert ran.returncode == BAD_INPUT
    assert ran.stderr.startswith(f"error: {described}: {told}")
    assert len(ran.stderr.splitlines()) == 1
    assert bench.present("digits") == set()


@pytest.mark.parametrize("key", ["absent", "public", "none"])
def test_a_key_that_cannot_sign_is_told_before_anything_is_written(
    bench: Bench, run: Callable[..., Finished], described: Path, key: str
) -> None:
    private = {"absent": "absent.pem", "public": str(bench.keys.public), "none": ""}[key]
    ran = run("publish", "digits", str(bench.directory), "--description", str(described), REGISTRY_PRIVATE_KEY=private)
    assert ran.returncode == BAD_INPUT, ran.stderr
    assert ("it must be said how to sign" if key == "none" else private) in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert bench.present("digits") == set()


def test_storage_that_is_not_there_is_one_line(run: Callable[..., Finished]) -> None:
    ran = run("list", AWS_ENDPOINT_URL_S3="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    assert ran.returncode == FAILED
    assert "check the endpoint and the network" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
