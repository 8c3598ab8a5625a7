"""``make verify``: which versions of a stack it asks, where, and what it says when nobody answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.errors import BAD_INPUT, SandboxError
from sandbox.program_run import run_program
from sandbox.project import Project
from sandbox.verification import Choice, ServedVersion, chosen, served_versions, targets
from tests.verification.fake_server import fake_server
from verification.target import read_targets

ROOT = Path(__file__).parents[2]
SERVED = (
    ServedVersion(
        model="mnist", version=1, rest="http://mnist-v1.models.svc:8501", grpc="grpc://mnist-v1.models.svc:8500"
    ),
    ServedVersion(
        model="mnist", version=2, rest="http://mnist-v2.models.svc:8501", grpc="grpc://mnist-v2.models.svc:8500"
    ),
    ServedVersion(
        model="iris", version=1, rest="http://iris-v1.models.svc:8501", grpc="grpc://iris-v1.models.svc:8500"
    ),
)


def verify(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", "verify", "--stack", "dev", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_every_version_of_the_stack_is_at_its_own_service() -> None:
    served = served_versions(run_program(Project(ROOT), "dev").recording)
    assert [(each.model, each.version) for each in served] == [
        ("mnist", 1),
        ("mnist", 2),
        ("iris", 1),
        ("recommender", 3),
    ]
    assert served[3].rest == "http://recommender-v3.models-dev.svc:8501"
    assert served[3].grpc == "grpc://recommender-v3.models-dev.svc:8500"


def test_the_choice_narrows_and_moves() -> None:
    assert chosen(SERVED, Choice()) == SERVED
    assert chosen(SERVED, Choice(model="mnist")) == SERVED[:2]
    (moved,) = chosen(SERVED, Choice(model="mnist", version=2, grpc="grpc://localhost:8500"))
    assert moved == ServedVersion(model="mnist", version=2, grpc="grpc://localhost:8500")


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (Choice(model="mnst"), "no version at all of mnst"),
        (Choice(version=9), "no version 9 of any model"),
        (Choice(model="mnist", address="http://localhost:8501"), "one server for 2 versions"),
    ],
)
def test_a_choice_of_nothing_or_too_much_is_refused(choice: Choice, told: str) -> None:
    with pytest.raises(SandboxError, match=told) as error:
        chosen(SERVED, choice)
    assert error.value.exit_code == BAD_INPUT
    assert "choose among mnist 1, mnist 2, iris 1 with MODEL= and VERSION=" in str(error.value)


def test_targets_are_what_the_checks_read(tmp_path: Path) -> None:
    (target,) = read_targets(targets(SERVED[:1], tmp_path), "targets")
    assert target.addresses == (SERVED[0].rest, SERVED[0].grpc)
    assert target.expect == f"{tmp_path}/mnist/1/assets.extra/verification.json"
    (without,) = read_targets(targets(SERVED[:1], None), "targets")
    assert without.expect == ""


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


def test_in_the_sandbox_it_says_that_nobody_is_there() -> None:
    done = verify("--model", "iris")
    assert done.returncode == 1
    assert "0 passed, 2 failed" in done.stdout
    assert "in the sandbox no server is behind them: its pods are simulated" in " ".join(done.stderr.split())
