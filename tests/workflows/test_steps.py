"""Every command of every pipeline, run by a shell as a runner runs it, in a checkout.

`make`, the program and the pack are real. `pulumi` and `kubectl` (tool.py) and the forge (forge.py) are stand-ins.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.inferencectl.checkout import ROOT, Checkout, model, tiny
from tests.workflows.forge import REPOSITORY, TOKEN, StandInForge, forge
from tests.workflows.pipelines import Step, github_steps, gitlab_steps

# Of a registry that the pack trusts.
TOOLS_IMAGE = f"docker.io/tensorflow/tools@sha256:{'4' * 64}"
VERIFICATION = {"verification": {"schedule": "17 2 * * *", "image": TOOLS_IMAGE}}
BEFORE = {**tiny(), **VERIFICATION}
AFTER = {**tiny(model(replicas=3), model("digits")), **VERIFICATION}
TOOLS = ("pulumi", "kubectl")
pytestmark = [
    pytest.mark.slow("a dozen commands, each of which starts make and Python; two of them render a stack twice"),
    pytest.mark.timeout(900),
]
STATE = {"version": 3, "deployment": {"manifest": {"time": "2026-11-29T09:00:00Z"}}}
ORDER = ("make identity", "make report", "cat report", "make publish-report", "make policy", "make plan")
"""A step that needs what another has made comes after it, whatever its job."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A checkout with one stack, `dev`, one commit after main, and what is on the PATH of its steps."""

    checkout: Checkout
    tools: Path
    variables: Mapping[str, str]

    def run(self, step: Step) -> subprocess.CompletedProcess[str]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.command]
        environment = {**self.variables, **step.variables}
        return subprocess.run(
            command, cwd=self.checkout.root, env=environment, capture_output=True, text=True, check=False
        )

    def calls(self) -> list[list[str]]:
        lines = (self.tools / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


def git(root: Path, *arguments: str) -> None:
    named = ("-c", "user.name=tests", "-c", "user.email=tests@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *named, *arguments], check=True, capture_output=True)


def write_dev(checkout: Checkout, platform: Mapping[str, Any]) -> None:
    """Write the stack dev; its policies are there already."""
    text = yaml.safe_dump({"config": {"inference:platform": platform}})
    checkout.project.stack_file("dev").write_text(text, encoding="utf-8")


def known(root: Path) -> Mapping[str, str]:
    """What the forges put into the variables of steps."""
    return {
        "github.base_ref": "main",
        "github.server_url": "https://forge.example",
        "github.repository": REPOSITORY,
        "github.run_id": "12",
        "github.token": TOKEN,
        "github.workspace": str(root),
        "github.event.pull_request.number": "7",
        "github.event.pull_request.head.sha": "ab" * 20,
        "inputs.stack": "dev",
        "matrix.stack": "dev",
        "vars.IDENTITY_AUDIENCE": "platform",
        "vars.AWS_ROLE_ARN": "role",
        "vars.AWS_REGION": "eu-central-1",
        "vars.PULUMI_BACKEND_URL": "file:///state",
        "vars.KUBECONFIG": "kubeconfig of the environment",
        "CI_PROJECT_DIR": str(root),
    }


@pytest.fixture(scope="module")
def github() -> Iterator[StandInForge]:
    with forge() as standing:
        yield standing


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory, github: StandInForge) -> Runner:
    checkout = Checkout.copied_to(tmp_path_factory.mktemp("pipeline"))
    root, tools = checkout.root, tmp_path_factory.mktemp("tools")
    for stack in ("tiny", "prod"):
        checkout.project.stack_file(stack).unlink()
    write_dev(checkout, BEFORE)
    for part in ("Makefile", "requirements.txt", ".gitignore"):
        shutil.copy(ROOT / part, root / part)
    shutil.copytree(ROOT / "scripts", root / "scripts")
    # The environment of the tests, which make then takes for installed.
    (root / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (root / ".venv" / part).symlink_to(Path(sys.prefix) / part)
    (root / ".venv" / "ready").touch()
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=base")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    write_dev(checkout, AFTER)
    git(root, "commit", "--quiet", "--all", "--message=change")
    for name in TOOLS:
        text = (Path(__file__).parent / "tool.py").read_text(encoding="utf-8")
        (tools / name).write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
        (tools / name).chmod(0o755)
    (tools / "state.json").write_text(json.dumps(STATE), encoding="utf-8")
    variables = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tools),
        "LANG": "C.UTF-8",
        "GITHUB_STEP_SUMMARY": str(tools / "summary.md"),
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": "12",
        "GITHUB_RUN_ATTEMPT": "1",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{github.url}/identity?version=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": TOKEN,
        "IDENTITY_AUDIENCE": "platform",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main",
        "CI_JOB_ID": "12",
    }
    return Runner(checkout=checkout, tools=tools, variables=variables)


def in_order(steps: Sequence[Step]) -> list[Step]:
    def place(step: Step) -> int:
        return next((at for at, start in enumerate(ORDER) if step.command.startswith(start)), len(ORDER))

    return sorted(steps, key=place)


@pytest.fixture(scope="module")
def reports(runner: Runner) -> Mapping[str, bytes]:
    """The comment that the pipeline of each forge writes, by its file; everything that they run has then been run."""
    root = runner.checkout.root
    run, reports = set[str](), {}
    for step in in_order([*github_steps(known(root)), *gitlab_steps(known(root))]):
        # Of a command that several jobs have, once is enough: every stack is dev here.
        if step.command in run:
            continue
        run.add(step.command)
        done = runner.run(replace(step, variables={**step.variables, "STACK": "dev"}))
        assert done.returncode == 0, f"{step.name}\n{done.stdout}{done.stderr}"
        if step.command.startswith("make report"):
            reports[step.file] = (root / "report" / "comment.md").read_bytes()
    return reports


def test_the_report_tells_the_change_in_the_same_bytes_everywhere(
    runner: Runner, reports: Mapping[str, bytes], github: StandInForge
) -> None:
    one, other = reports.values()
    assert one == other
    told = one.decode()
    assert "- `digits: new: all requests go to version 1`" in told
    assert "+ spec.replicas: 3" in told
    assert "+ create Deployment models-tiny/digits-v1" in told
    assert str(runner.checkout.root) not in told
    assert (runner.tools / "summary.md").read_text(encoding="utf-8").startswith(told)
    assert [each["body"] for each in github.comments] == [told]
    assert [each["sarif"]["version"] for each in github.findings] == ["2.1.0"]


def test_the_identity_of_a_job_is_read_by_nobody_else(runner: Runner, reports: Mapping[str, bytes]) -> None:
    for name, text in {"token": "identity for platform", "kubeconfig": "kubeconfig of the environment"}.items():
        file = runner.checkout.root / ".identity" / name
        assert file.read_text(encoding="utf-8") == text
        assert file.stat().st_mode & 0o077 == 0


def test_each_step_asks_for_what_it_is_named_after(runner: Runner, reports: Mapping[str, bytes]) -> None:
    called, plan = runner.calls(), str(runner.checkout.root / "plan" / "plan.json")
    for tool, *wanted in (
        ("pulumi", "preview", "--stack", "dev", "--diff", "--save-plan", plan, "--policy-pack"),
        ("pulumi", "up", "--stack", "dev", "--yes", "--plan", plan, "--policy-pack"),
        ("pulumi", "refresh", "--stack", "dev", "--preview-only", "--expect-no-changes"),
        ("kubectl", "create", "job", "model-verification-12-1", "--from=cronjob/model-verification"),
    ):
        assert any(call[0] == tool and {*wanted} <= {*call} for call in called), wanted


def test_a_plan_that_is_older_than_the_stack_is_not_carried_out(runner: Runner) -> None:
    """What the step says when somebody has deployed between the plan and its approval."""
    plan, deploy = (Step(file="", job="", command=f"make {each} STACK=dev", variables={}) for each in PLANNED)
    assert runner.run(plan).returncode == 0
    later = {**STATE, "deployment": {"manifest": {"time": "2026-11-29T10:00:00Z"}}}
    state = runner.tools / "state.json"
    state.write_text(json.dumps(later), encoding="utf-8")
    before = len(runner.calls())
    try:
        refused = runner.run(deploy)
    finally:
        state.write_text(json.dumps(STATE), encoding="utf-8")
    assert refused.returncode != 0
    assert "the plan is older than the stack" in refused.stderr
    assert not any("up" in call for call in runner.calls()[before:])


PLANNED = ("plan", "deploy-plan")


def test_a_stack_that_nothing_verifies_is_refused(runner: Runner) -> None:
    runner.checkout.write("bare", tiny())
    try:
        refused = runner.run(Step(file="", job="", command="make verify-now STACK=bare", variables={}))
    finally:
        runner.checkout.project.stack_file("bare").unlink()
    assert "Pulumi.bare.yaml: inference:platform.verification: missing" in refused.stderr
