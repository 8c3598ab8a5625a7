"""The command that says what this machine and a cluster lack for a stack."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
import yaml
from kubernetes import config
from kubernetes.client import ApiClient

from inferencectl.console import OUT, say
from inferencectl.doctor import Check, LookedAt, check_for_cluster, checks_for_sandbox, checks_of_cluster, print_checks
from inferencectl.existing_cluster.kubeconfig import Kubeconfig
from inferencectl.judged_program import this_project
from inferencectl.options import Json, Stack
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.stack_nodes import LIVE
from inferencectl.workspace.errors import FAILED
from inferencectl.workspace.machine_json import as_json
from settings import Platform

app = typer.Typer()

_MACHINE = "this machine"

ClusterContext = Annotated[
    str | None,
    typer.Option("--cluster", help="current, or a context of the kubeconfig. Default: only this machine."),
]


@app.command()
def doctor(stack: Stack, cluster: ClusterContext = None, json: Json = False) -> None:
    """Show what this machine and a cluster lack for the stack, each with what to do about it. Changes nothing.

    Exits with 1 where something is missing.
    """
    project = this_project()
    say(f"running the program with the configuration of {stack}")
    run = run_program(project, stack)
    if cluster is None:
        of_sandbox = checks_for_sandbox(project.cluster_directory(stack), runs_pods=stack == LIVE)
        missing = _shown({_MACHINE: of_sandbox}, stack, as_data=json)
    else:
        kubeconfig = Kubeconfig.of_the_user()
        context = kubeconfig.chosen(cluster)
        _say_other_context(context, run.platform, stack)
        with _looked_at(kubeconfig, context, run) as found:
            place = f"the cluster of {context}, Kubernetes {found.version}"
            places = {_MACHINE: [check_for_cluster(project)], place: checks_of_cluster(found)}
            missing = _shown(places, stack, as_data=json)
    if missing:
        raise typer.Exit(FAILED)


def _say_other_context(context: str, platform: Platform, stack: str) -> None:
    if context != platform.cluster.context:
        say(f"{stack} is deployed to the cluster of {platform.cluster.context}: cluster.context; this one is {context}")


@contextmanager
def _looked_at(kubeconfig: Kubeconfig, context: str, run: ProgramRun) -> Iterator[LookedAt]:
    content = yaml.safe_load(kubeconfig.alone(context, [context]))
    api: ApiClient = config.new_client_from_config_dict(content)
    with api:
        yield LookedAt.of(api, run)


def _shown(places: Mapping[str, Iterable[Check]], stack: str, *, as_data: bool) -> int:
    """Returns how much is missing."""
    if not as_data:
        return sum(print_checks(OUT, place, checks) for place, checks in places.items())
    found = {place: [*checks] for place, checks in places.items()}
    OUT.print_json(as_json({"stack": stack, "checks": found}))
    return sum(len(check.lacks) for checks in found.values() for check in checks)
