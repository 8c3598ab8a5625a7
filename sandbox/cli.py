"""A stack of the platform on a real Kubernetes control plane, on this machine and nowhere else."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

import settings
from sandbox import report
from sandbox.control_plane import Cluster, State
from sandbox.engines import Engine, choose_engine, record_engine
from sandbox.environment import Environment, workloads
from sandbox.errors import FAILED, SandboxError
from sandbox.program_run import ProgramRun, Verdict, judge, run_program
from sandbox.project import Project
from sandbox.rendering import render, render_files

INTERRUPTED = 130

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Stack = Annotated[str, typer.Option("--stack", help="Stack to work on: the middle of Pulumi.<stack>.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
EngineName = Annotated[
    Engine | None, typer.Option("--engine", help="What deploys; by default pulumi where it is on the PATH.")
]
Directory = Annotated[Path | None, typer.Option("--output", help="Directory to write one file per object to.")]

_out = Console(soft_wrap=True)
_err = Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Run the command line; a refusal is one plain error and exit code 1 (failed) or 2 (bad input)."""
    try:
        app()
    except (SandboxError, settings.SettingsError) as error:
        _err.print(f"[bold red]error:[/bold red] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
    except SystemExit as end:
        # Typer has made this of a KeyboardInterrupt.
        if end.code == INTERRUPTED:
            _err.print("interrupted; the next run goes on from here")
        raise


@app.command()
def up(stack: Stack, engine: EngineName = None, json: Json = False) -> None:
    """Deploy the stack and wait until its models are ready. A second run changes nothing."""
    session = _Session.open(stack)
    chosen = session.choose(engine)
    verdict = session.accepted()
    with session.environment.exclusively():
        cluster = session.start()
        record_engine(session.directory, chosen)
        if chosen is Engine.PULUMI:
            outcome = session.environment.pulumi_up(cluster, _say)
        else:
            outcome = session.environment.deploy(cluster, verdict.recording, _say)
    if json:
        result = {"stack": stack, "engine": chosen, "outcome": outcome, "access": session.access(cluster)}
        _out.print_json(report.as_json(result))
        return
    report.print_outcome(_out, outcome)
    session.print_access(cluster)


@app.command()
def preview(stack: Stack, engine: EngineName = None, json: Json = False) -> None:
    """Show what `up` would change, by the API server's own dry run. Changes nothing."""
    session = _Session.open(stack)
    chosen = session.choose(engine)
    verdict = session.judged()
    cluster = session.start()
    if chosen is Engine.PULUMI:
        plan = session.environment.pulumi_preview(cluster, _say)
    else:
        plan = session.environment.preview(cluster, verdict.recording)
    if json:
        result = {"stack": stack, "engine": chosen, "plan": plan, "findings": verdict.findings}
        _out.print_json(report.as_json(result))
    else:
        report.print_plan(_out, plan)
        report.print_verdict(_out, verdict)
    _fail_on_violations(verdict)


@app.command()
def policy(stack: Stack, json: Json = False) -> None:
    """Check the stack against the policy pack. Needs no cluster."""
    verdict = _Session.open(stack).judged()
    if json:
        result = {"stack": stack, "findings": verdict.findings, "remediations": verdict.remediations}
        _out.print_json(report.as_json(result))
    else:
        report.print_verdict(_out, verdict)
    _fail_on_violations(verdict)


@app.command(name="render")
def render_command(stack: Stack, output: Directory = None) -> None:
    """Write the stack's manifests as YAML, to standard output or to a directory. Needs no cluster."""
    recording = _Session.open(stack).judged().recording
    if output is None:
        sys.stdout.write(render(recording))
    else:
        _out.print(f"wrote {len(render_files(recording, output))} files to {output}", highlight=False)


@app.command()
def status(stack: Stack, json: Json = False) -> None:
    """Show what runs of the stack, and how it is reached."""
    session = _Session.open(stack)
    found = session.environment.status(_say)
    if json:
        access = session.access(found.cluster) if found.cluster else None
        _out.print_json(report.as_json({"stack": stack, "status": found, "access": access}))
    elif found.cluster:
        session.print_access(found.cluster)
    else:
        _out.print(f"the sandbox of {stack} is {found.state}; start it with: make up STACK={stack}", highlight=False)
    if found.state is not State.RUNNING:
        raise typer.Exit(FAILED)


@app.command()
def down(stack: Stack) -> None:
    """Stop the stack's sandbox and forget its state."""
    project = _project()
    project.require_stack(stack)
    Environment(project=project, stack=stack).delete(_say)
    _out.print(f"the sandbox of {stack} is gone", highlight=False)


@dataclass(frozen=True, kw_only=True)
class _Session:
    """One command's work on one stack."""

    environment: Environment
    run: ProgramRun

    @classmethod
    def open(cls, stack: str) -> "_Session":
        project = _project()
        _say(f"running the program with the configuration of {stack}")
        return cls(environment=Environment(project=project, stack=stack), run=run_program(project, stack))

    def judged(self) -> Verdict:
        _say(f"checking {len(self.run.recording.resources)} resources against the policies")
        return judge(self.environment.project, self.run.recording)

    def accepted(self) -> Verdict:
        """The verdict of a stack that may be deployed; a violation ends the command before anything is sent."""
        verdict = self.judged()
        if verdict.violations:
            report.print_verdict(_err, verdict)
            raise SandboxError(
                f"the deployment is refused: {len(verdict.violations)} violations of mandatory policies",
                "correct the fields that are named above; nothing was sent to the cluster",
            )
        report.print_advice(_err, verdict)
        return verdict

    @property
    def directory(self) -> Path:
        return self.environment.project.sandbox_directory(self.environment.stack)

    def choose(self, wanted: Engine | None) -> Engine:
        engine = choose_engine(self.directory, wanted)
        _say(f"deploying with {'pulumi' if engine is Engine.PULUMI else 'the deployer of the sandbox'}")
        return engine

    def start(self) -> Cluster:
        return self.environment.start(self.run, _say)

    def access(self, cluster: Cluster) -> dict[str, object]:
        return {
            "cluster": cluster,
            "workloads": workloads(cluster, self.run.platform.namespace),
            "addresses": self.run.recording.outputs["addresses"],
        }

    def print_access(self, cluster: Cluster) -> None:
        namespace = self.run.platform.namespace
        addresses = self.run.recording.outputs["addresses"]
        report.print_workloads(_out, workloads(cluster, namespace), addresses)
        _out.print(f"inspect: kubectl --kubeconfig {cluster.kubeconfig} -n {namespace} get all", highlight=False)


def _project() -> Project:
    return Project(Path(__file__).parent.parent)


def _say(text: str) -> None:
    _err.print(f"[dim]·[/dim] {escape(text)}", highlight=False)


def _fail_on_violations(verdict: Verdict) -> None:
    if verdict.violations:
        raise typer.Exit(FAILED)
