"""``make verify``: which versions of a stack it asks, at which addresses, and what it says if there is no server."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.program.run import run_program
from inferencectl.verify import Choice, ServedVersion, chosen, from_this_machine, served_versions, targets, verifiable
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from tests.verification.fake_server import fake_server
from verification.checks.target import read_targets

ROOT = Path(__file__).parents[2]


def at_its_service(model: str, version: int, runtime: str = "tensorflow-serving") -> ServedVersion:
    host = f"{model}-v{version}.models.svc"
    return ServedVersion(
        model=model,
        name_in_requests=model,
        version=version,
        runtime=runtime,
        rest=f"http://{host}:8501",
        grpc=f"grpc://{host}:8500",
    )


SERVED = (at_its_service("mnist", 1), at_its_service("mnist", 2), at_its_service("iris", 1))
UNTYPED = at_its_service("legacy", 4, "torchserve")


def verify(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inferencectl", "verify", "--stack", "dev", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_every_version_of_the_stack_is_at_its_own_service() -> None:
    served = served_versions(run_program(Project(ROOT), "dev"))
    assert [(each.model, each.version) for each in served] == [
        ("mnist", 1),
        ("mnist", 2),
        ("iris", 1),
        ("recommender", 3),
    ]
    assert served[3].rest == "http://recommender-v3.models-dev.svc:8501"
    assert served[3].grpc == "grpc://recommender-v3.models-dev.svc:8500"


def test_a_version_is_asked_for_by_its_name_in_requests_and_chosen_and_expected_by_its_own(tmp_path: Path) -> None:
    (each,) = chosen([replace(SERVED[2], name_in_requests="Iris_Flower")], Choice(model="iris"))
    (target,) = json.loads(targets([each], tmp_path))
    assert target["model"] == "Iris_Flower"
    assert target["expect"] == str(tmp_path / "iris" / "1" / "assets.extra" / "verification.json")


def test_the_choice_narrows_and_moves() -> None:
    assert chosen(SERVED, Choice()) == SERVED
    assert chosen(SERVED, Choice(model="mnist")) == SERVED[:2]
    (moved,) = chosen(SERVED, Choice(model="mnist", version=2, grpc="grpc://localhost:8500"))
    assert moved == replace(SERVED[1], rest="", grpc="grpc://localhost:8500")


def test_versions_whose_pods_run_are_asked_from_this_machine() -> None:
    local = {"mnist-v1:http": "127.0.0.1:4001", "mnist-v1:grpc": "127.0.0.1:4002", "iris:http": "127.0.0.1:4003"}
    first, *others = from_this_machine(SERVED, local)
    assert first == replace(SERVED[0], rest="http://127.0.0.1:4001", grpc="grpc://127.0.0.1:4002")
    assert others == [*SERVED[1:]]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(model="mnst"), "no version of mnst"),
        (Choice(version=9), "no version 9 of any model"),
        (Choice(model="mnist", address="http://localhost:8501"), "one server was given for 2 versions"),
    ],
)
def test_a_choice_of_nothing_or_too_much_is_refused(choice: Choice, message: str) -> None:
    with pytest.raises(SandboxError, match=message) as error:
        chosen(SERVED, choice)
    assert error.value.exit_code == BAD_INPUT
    assert "choose one of mnist 1, mnist 2, iris 1 with MODEL= and VERSION=" in str(error.value)


def test_targets_are_what_the_checks_read(tmp_path: Path) -> None:
    (target,) = read_targets(targets(SERVED[:1], tmp_path), "targets")
    assert target.addresses == (SERVED[0].rest, SERVED[0].grpc)
    assert target.expect == f"{tmp_path}/mnist/1/assets.extra/verification.json"
    (without,) = read_targets(targets(SERVED[:1], None), "targets")
    assert without.expect == ""


def test_each_version_is_asked_in_the_protocol_of_its_runtime() -> None:
    served = (SERVED[0], at_its_service("digits", 7, "triton"))
    assert [target.protocol for target in read_targets(targets(served, None), "targets")] == [
        "tensorflow-serving",
        "open-inference",
    ]


def test_a_runtime_without_a_typed_protocol_is_left_out_with_a_warning() -> None:
    warnings: list[str] = []
    assert verifiable((*SERVED, UNTYPED), warnings.append) == SERVED
    assert [each.split(": ")[:2] for each in warnings] == [
        ["legacy 4 is not verified", "runtime torchserve has no typed protocol"]
    ]


def test_a_runtime_without_a_typed_protocol_is_refused_where_nothing_else_was_chosen() -> None:
    with pytest.raises(SandboxError, match="runtime torchserve has no typed protocol") as error:
        verifiable((UNTYPED,), pytest.fail)
    assert error.value.exit_code == BAD_INPUT


def test_one_server_is_verified(tmp_path: Path) -> None:
    recorded = tmp_path / "iris" / "1" / "assets.extra" / "verification.json"
    recorded.parent.mkdir(parents=True)
    content = {"inputs": {"terms": [[1, 2]]}, "outputs": {"sum": [[3]]}, "tolerance": 0.0}
    recorded.write_text(json.dumps({"schema": 1, "signature": "serving_default", **content}))
    with fake_server() as fake:
        server = ("--model", "iris", "--address", fake.rest, "--grpc", fake.grpc, "--files", str(tmp_path))
        done = verify(*server, "--json")
        assert done.returncode == 0, done.stderr
        assert [check["result"] for check in json.loads(done.stdout)["checks"]] == ["passed"] * 8
        recorded.write_text(recorded.read_text().replace("[[3]]", "[[4]]"))
        done = verify(*server)
        assert done.returncode == 1
        assert "output 'sum', row 0, column 0: 3.0, expected 4 ± 0" in done.stdout
        assert "FILES=" not in done.stderr
        without = verify(*server[:-2])
        assert without.returncode == 0
        assert "without FILES= only versions are checked" in " ".join(without.stderr.split())


def test_in_the_sandbox_it_says_that_there_is_no_server() -> None:
    done = verify("--model", "iris")
    assert done.returncode == 1
    assert "0 passed, 2 failed" in done.stdout
    assert "the sandbox has no servers behind them, since its pods are simulated" in " ".join(done.stderr.split())
