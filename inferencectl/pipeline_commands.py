"""The steps of a pipeline on a real environment: the backend of `pulumi login`, and the cluster of the stack file."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from components.metadata import MODEL_VERIFICATION
from inferencectl.console import OUT, say
from inferencectl.deployer.job_result import has_passed
from inferencectl.judged_program import this_project
from inferencectl.options import Stack
from inferencectl.program.run import platform_of
from inferencectl.pulumi.saved_plan import SavedPlan, basis_of
from inferencectl.pulumi.user_commands import UserCommands
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import require_directory

app = typer.Typer()

PlanDirectory = Annotated[Path, typer.Option("--plan", help="Directory of the plan.")]
RunName = Annotated[str, typer.Option("--run", help="Ends the name of the Job, for example the number of the run.")]
Limit = Annotated[int, typer.Option("--limit-seconds", help="How long the verification may take.")]

_LOOK_SECONDS = 2.0


@app.command()
def plan(stack: Stack, directory: PlanDirectory = Path("plan")) -> None:
    """Show what Pulumi would change in a real environment, and save it as a plan."""
    project = this_project()
    commands, saved = UserCommands.of(project, stack), SavedPlan(directory=directory)
    require_directory(directory)
    # The state comes first: what changes it while the plan is made is then newer than the plan.
    basis = basis_of(stack, project.revision, commands.state())
    commands.preview(saved.plan.absolute())
    saved.record(basis)
    OUT.print(f"wrote {saved.plan}; deploy it with: make deploy-plan STACK={stack}", highlight=False)


@app.command(name="deploy-plan")
def deploy_plan(stack: Stack, directory: PlanDirectory = Path("plan")) -> None:
    """Deploy a saved plan, if the stack and the checkout are still those that it was made of."""
    project = this_project()
    commands, saved = UserCommands.of(project, stack), SavedPlan(directory=directory)
    saved.require(basis_of(stack, project.revision, commands.state()))
    commands.up(saved.plan.absolute())


@app.command()
def drift(stack: Stack) -> None:
    """Fail if the cluster is not as Pulumi has left it. Changes nothing."""
    UserCommands.of(this_project(), stack).drift()


@app.command(name="verify-now")
def verify_now(stack: Stack, run: RunName = "now", limit_seconds: Limit = 900) -> None:
    """Run the scheduled verification of a real environment now, and wait for its result."""
    platform = platform_of(this_project(), stack)
    if platform.verification is None:
        raise SandboxError(
            f"Pulumi.{stack}.yaml: inference:platform.verification: missing, so that nothing is verified there",
            "add it, as docs/verification.md says, and deploy",
            exit_code=BAD_INPUT,
        )
    job = _Job(context=platform.cluster.context, namespace=platform.namespace, name=f"{MODEL_VERIFICATION}-{run}")
    job.create(MODEL_VERIFICATION)
    succeeded = job.ended(limit_seconds)
    OUT.print(job.log(), highlight=False, markup=False, end="")
    if not succeeded:
        raise SandboxError(f"the verification of {stack} failed: Job {job.name}", "its log is above")


@dataclass(frozen=True, kw_only=True)
class _Job:
    context: str
    namespace: str
    name: str

    def create(self, cron_job: str) -> None:
        say(f"verifying in {self.namespace}: Job {self.name}")
        self._kubectl("create", "job", self.name, f"--from=cronjob/{cron_job}")

    def ended(self, limit_seconds: float) -> bool:
        """Whether it has succeeded, once it has ended.

        Raises:
            SandboxError: it has not ended in time.
        """
        deadline = time.monotonic() + limit_seconds
        while time.monotonic() < deadline:
            status = json.loads(self._kubectl("get", "job", self.name, "--output=json")).get("status", {})
            if (passed := has_passed(status)) is not None:
                return passed
            time.sleep(_LOOK_SECONDS)
        raise SandboxError(f"Job {self.name} has not ended after {limit_seconds} s", "see why: kubectl describe job")

    def log(self) -> str:
        return self._kubectl("logs", f"job/{self.name}")

    def _kubectl(self, *arguments: str) -> str:
        program = shutil.which("kubectl")
        if program is None:
            raise SandboxError("kubectl is not on the PATH", "install kubectl", exit_code=BAD_INPUT)
        command = [program, "--context", self.context, "--namespace", self.namespace, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SandboxError(f"kubectl {arguments[0]} failed: {done.stderr.strip()}", "see above")
        return done.stdout
