"""The commands that deploy a stack, and those that ask what is deployed."""

from pathlib import Path
from typing import Annotated

import typer

from inferencectl import deployment_report, rightsizing
from inferencectl import verify as verification
from inferencectl.console import ERR, OUT, say
from inferencectl.engines import DeploymentEngine, record_engine
from inferencectl.options import Json, Stack
from inferencectl.policy_check.render import text
from inferencectl.sandbox.control_plane import State
from inferencectl.session import Session, delete, names_of, prepare
from inferencectl.stack_nodes import NodeKind
from inferencectl.workspace.errors import FAILED
from inferencectl.workspace.machine_json import as_json

app = typer.Typer()

EngineName = Annotated[
    DeploymentEngine | None,
    typer.Option("--engine", help="The engine to deploy with. Default: pulumi if it is on the PATH."),
]
Nodes = Annotated[
    NodeKind | None,
    typer.Option("--nodes", help="real: one node runs the pods. Default: as before; at first simulated, but for live."),
]
ClusterContext = Annotated[
    str | None,
    typer.Option("--cluster", help="For the stack live: current, or a context of kind or k3d, instead of a sandbox."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use the versions pinned in models.lock, without a registry.")]
ModelName = Annotated[str, typer.Option("--model", help="Only this model. Default: all models.")]
VersionNumber = Annotated[int | None, typer.Option("--version", help="Only this version of the model.")]
Address = Annotated[
    str, typer.Option("--address", help="REST address of that version, for example http://localhost:8501.")
]
GrpcAddress = Annotated[
    str, typer.Option("--grpc", help="gRPC address of that version, for example grpc://localhost:8500.")
]
Published = Annotated[Path | None, typer.Option("--files", help="Directory of published files, MODEL/VERSION/...")]
Latency = Annotated[float | None, typer.Option("--latency-milliseconds", help="Upper bound of the 95th percentile.")]

PrometheusUrl = Annotated[str, typer.Option("--prometheus", help="Base URL of the Prometheus HTTP API.")]
WindowText = Annotated[str, typer.Option("--window", help="How far to look back: 1h to 90d.")]


@app.command()
def up(  # noqa: PLR0913 - the options of the command
    stack: Stack,
    *,
    engine: EngineName = None,
    nodes: Nodes = None,
    cluster: ClusterContext = None,
    offline: Offline = False,
    json: Json = False,
) -> None:
    """Deploy the stack and wait until its models are ready. Running it again changes nothing."""
    prepare(stack, nodes, cluster)
    with names_of(stack, offline=offline) as names:
        session = Session.open_to_judge(stack)
        chosen = session.choose(engine)
        verdict = session.accepted()
        if not json:
            deployment_report.print_model_changes(OUT, names.changes)
        with session.sandbox.exclusively():
            running, consequences = session.start(nodes)
            names.adopt()
            record_engine(session.directory, chosen)
            outcome = session.deploy(running, chosen, verdict)
            names.record_deployed()
    if json:
        result = {"stack": stack, "engine": chosen, "outcome": outcome, "access": session.access(running)}
        OUT.print_json(as_json({**result, "models": names.data, **vars(consequences), "cost": session.cost}))
        return
    deployment_report.print_outcome(OUT, outcome)
    deployment_report.print_cost(OUT, session.cost)
    session.print_access(running)
    session.print_example()


@app.command()
def preview(stack: Stack, engine: EngineName = None, offline: Offline = False, json: Json = False) -> None:
    """Show what `up` would change, from the API server's own dry run."""
    with names_of(stack, offline=offline) as names:
        session = Session.open_to_judge(stack)
        chosen = session.choose(engine)
        verdict = session.judged()
        cluster, consequences = session.start()
        plan = session.preview(cluster, chosen, verdict)
    if json:
        result = {"stack": stack, "engine": chosen, "plan": plan, "findings": verdict.findings}
        OUT.print_json(as_json({**result, "models": names.data, **vars(consequences), "cost": session.cost}))
    else:
        # The change comes last: that is where a terminal leaves the reader.
        text.print_violations(ERR, verdict)
        deployment_report.print_model_changes(OUT, names.changes)
        deployment_report.print_plan(OUT, plan)
        deployment_report.print_cost(OUT, session.cost)
    session.require_accepted(verdict, "`up` would send nothing to the cluster")


@app.command(name="lock-models")
def lock_models(stack: Stack, json: Json = False) -> None:
    """Resolve the version names in the stack and pin them in models.lock. No cluster needed."""
    with names_of(stack, offline=False) as names:
        names.adopt()
    if json:
        return OUT.print_json(as_json({"stack": stack, "models": names.data}))
    if not names.changes:
        pinned = f"models.lock is up to date: {', '.join(names.names)}"
        say(pinned if names.names else f"Pulumi.{stack}.yaml has no version by name, as in name: digits@stable")
    return deployment_report.print_model_changes(OUT, names.changes)


@app.command(name="rightsizing")
def rightsizing_command(stack: Stack, prometheus: PrometheusUrl, window: WindowText = "7d", json: Json = False) -> None:
    """Compare each model's requested resources with its measured usage, and propose settings."""
    report_window, api = rightsizing.read_window(window), rightsizing.PrometheusApi.at(prometheus)
    run = Session.open(stack).run
    say(f"querying {api.url} for {len(run.platform.models)} models")
    made = rightsizing.report_of(run, api, report_window)
    if json:
        OUT.print_json(as_json(made.for_machines()))
    else:
        rightsizing.print_report(OUT, made)


@app.command()
def status(stack: Stack, json: Json = False) -> None:
    """Show what is running and the addresses of the models."""
    session = Session.open(stack)
    found = session.sandbox.status(say)
    if json:
        access = session.access(found.cluster) if found.cluster else None
        OUT.print_json(as_json({"stack": stack, "status": found, "access": access}))
    elif found.cluster:
        session.print_access(found.cluster)
    else:
        OUT.print(f"the sandbox of {stack} is {found.state}; start it with: make up STACK={stack}", highlight=False)
    if found.state is not State.RUNNING:
        raise typer.Exit(FAILED)


@app.command()
def verify(  # noqa: PLR0913 - the options of the command
    stack: Stack,
    *,
    model: ModelName = "",
    version: VersionNumber = None,
    address: Address = "",
    grpc: GrpcAddress = "",
    files: Published = None,
    latency_milliseconds: Latency = None,
    json: Json = False,
) -> None:
    """Verify that the servers of the stack serve what was published."""
    choice = verification.Choice(model=model, version=version, address=address, grpc=grpc, files=files)
    session = Session.open(stack)
    named = verification.verifiable(verification.chosen(verification.served_versions(session.run), choice), say)
    local = session.sandbox.local_addresses
    if not (address or grpc):
        named = verification.from_this_machine(named, local)
    bound = [f"--latency-milliseconds={latency_milliseconds}"] if latency_milliseconds else []
    flags = ["--json", *bound] if json else bound
    code = verification.verify(session.project.root, verification.targets(named, files), flags)
    if code and not (address or grpc or local):
        say(verification.UNREACHABLE)
    elif not files:
        say(verification.WITHOUT_FILES)
    raise typer.Exit(code)


@app.command()
def down(stack: Stack) -> None:
    """Stop the stack's sandbox and delete its state; in a cluster that was there, delete what `up` has made."""
    is_deleted = delete(stack)
    OUT.print(f"deleted the sandbox of {stack}" if is_deleted else f"there is no sandbox of {stack}", highlight=False)
