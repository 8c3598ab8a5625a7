"""One command's work on one stack, with its progress on standard error."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from inferencectl import deployment_report
from inferencectl.changes import Outcome, Plan
from inferencectl.console import ERR, OUT, say
from inferencectl.cost import saved_cost
from inferencectl.cost.comparison import CostComparison, compared
from inferencectl.engines import DeploymentEngine, choose_engine
from inferencectl.judged_program import JudgedProgram, this_project
from inferencectl.live_stack import EXAMPLE_REQUEST, NAMESPACES, LiveStack
from inferencectl.model_names import ModelNames, model_names
from inferencectl.outages import Outage, outages
from inferencectl.policy_check.verdict import Verdict
from inferencectl.progressive_releases import start_flagger
from inferencectl.releases.client_changes import client_changes
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.stack_nodes import LIVE, NodeKind
from inferencectl.stack_sandbox import StackSandbox, workloads
from settings import stack_cost

TRAINING_PYTHON = Path(".venv-training/bin/python")


def prepare(stack: str, nodes: NodeKind | None, cluster: str | None) -> None:
    """Make what the live stack stands on, and its stack file; the other stacks stand on what their files name.

    `cluster` is the context whose cluster the live stack uses instead of a sandbox, if that is asked for.

    Raises:
        SandboxError: the machine or the cluster cannot run the live stack, or a part of it cannot be made.
    """
    sandbox = StackSandbox(project=this_project(), stack=stack)
    if stack != LIVE:
        sandbox.cluster.choose(cluster, (), say)
        return
    with sandbox.exclusively():
        sandbox.cluster.choose(cluster, NAMESPACES, say)
        sandbox.choose_nodes(nodes, say)
        _live_stack(sandbox).prepare(say)


def delete(stack: str) -> bool:
    """Delete the stack and its sandbox, and the live stack's file if it is as `prepare` has written it.

    False if there was nothing to delete.

    Raises:
        SandboxError: there is no such stack, or it cannot be deleted.
    """
    project = this_project()
    if stack != LIVE and not project.cluster_directory(stack).exists():
        # Otherwise a first start has failed before there was a stack file. That of the live stack goes with it.
        project.require_stack(stack)
    sandbox = StackSandbox(project=project, stack=stack)
    is_as_written = stack == LIVE and _live_stack(sandbox).is_stack_file_as_written
    is_deleted = sandbox.delete(say)
    if is_as_written:
        project.stack_file(stack).unlink()
        say(f"deleted {project.stack_file(stack).name}, which was as up had written it")
    return is_deleted or is_as_written


def _live_stack(sandbox: StackSandbox) -> LiveStack:
    return LiveStack(sandbox=sandbox, training_python=sandbox.project.root / TRAINING_PYTHON)


def names_of(stack: str, *, offline: bool) -> AbstractContextManager[ModelNames]:
    """The versions that the names in ``stack`` resolve to, for the duration of a command."""
    return model_names(this_project(), stack, offline=offline, progress=say)


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """What a change means for clients: the models that do not answer for a while, and those that answer otherwise."""

    outages: tuple[Outage, ...]
    clients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Session(JudgedProgram):
    """A stack and the resources that its program registered, with the sandbox that it is deployed to."""

    @cached_property
    def sandbox(self) -> StackSandbox:
        """The sandbox of the stack."""
        return StackSandbox(project=self.project, stack=self.stack)

    @property
    def directory(self) -> Path:
        """Where the sandbox keeps the state of the stack."""
        return self.project.sandbox_directory(self.stack)

    def choose(self, wanted: DeploymentEngine | None) -> DeploymentEngine:
        """The engine that deploys."""
        engine = choose_engine(self.directory, wanted)
        say(f"deploying with {'pulumi' if engine is DeploymentEngine.PULUMI else 'the sandbox deployer'}")
        return engine

    def start(self, nodes: NodeKind | None = None) -> tuple[Cluster, Consequences]:
        """The running control plane, and what the change at hand means for clients, which is also said.

        It has the ``nodes`` that are asked for; without a wish, those that it had.

        Raises:
            SandboxError: what is to be deployed is not possible there; nothing has been changed.
        """
        self.sandbox.choose_nodes(nodes, say)
        cluster = self.sandbox.start(self.run.platform.cluster.context, say)
        self.sandbox.refuse_impossible(cluster, self.run.recording, self.run.platform)
        existing = workloads(cluster, self.run.platform.namespace)
        found = outages(self.run.platform, (workload.name for workload in existing if workload.wanted))
        with self.sandbox.releases(cluster, self.run.platform.namespace) as records:
            clients = client_changes(self.run.platform, records.of_platform(self.run.platform))
        deployment_report.print_client_changes(ERR, clients)
        deployment_report.print_outages(ERR, found)
        return cluster, Consequences(outages=found, clients=clients)

    def deploy(self, cluster: Cluster, engine: DeploymentEngine, verdict: Verdict) -> Outcome:
        """Deploy what was judged, record its cost, and make the models reachable from this machine if their pods run.

        Raises:
            SandboxError: it failed; the error also says where clients are now, and what the next deployment does.
        """
        platform = self.run.platform
        with (
            self._supplied(cluster),
            self.sandbox.situation_told(cluster, platform),
            self.sandbox.releases(cluster, platform.namespace) as releases,
            releases.recorded(platform, self.project.revision),
        ):
            if engine is DeploymentEngine.PULUMI:
                outcome = self.sandbox.pulumi_up(cluster, verdict.recording, say)
            else:
                outcome = self.sandbox.deploy(cluster, verdict.recording, say)
        if self.stack == LIVE and platform.gateway and not self.sandbox.cluster.context:
            _live_stack(self.sandbox).gateway(cluster, platform.gateway, platform.mesh, say).await_programmed()
        self._record_cost()
        self.sandbox.connect(cluster, self._reachable, say)
        return outcome

    @property
    def _reachable(self) -> Sequence[str]:
        """The namespaces whose Services this machine reaches."""
        platform = self.run.platform
        return [platform.namespace, *([platform.gateway.namespace] if platform.gateway else [])]

    def preview(self, cluster: Cluster, engine: DeploymentEngine, verdict: Verdict) -> Plan:
        """What :meth:`deploy` would change."""
        if engine is DeploymentEngine.PULUMI:
            return self.sandbox.pulumi_preview(cluster, say)
        return self.sandbox.preview(cluster, verdict.recording)

    @cached_property
    def cost(self) -> CostComparison | None:
        """The cost of the stack next to its cost when last deployed; None if the stack has no prices."""
        return compared(stack_cost(self.run.platform), saved_cost.read(self.directory))

    def _record_cost(self) -> None:
        """Record the cost of what was just deployed; :attr:`cost` keeps comparing with the cost before."""
        before = self.cost
        saved_cost.write(self.directory, before.now if before else None)

    @contextmanager
    def _supplied(self, cluster: Cluster) -> Iterator[None]:
        """What is deployed in the context finds what it needs in the cluster beside itself."""
        platform = self.run.platform
        if self.stack == LIVE:
            live = _live_stack(self.sandbox)
            live.scale_by_load(cluster, platform.autoscaling, platform.gateway, say)
            live.open_gateway(cluster, platform.gateway, platform.mesh, say)
            live.release_progressively(cluster, platform.models, say)
            with live.supplying(cluster, say):
                yield
        else:
            start_flagger(cluster, platform, say)
            yield

    def access(self, cluster: Cluster) -> dict[str, object]:
        """The workloads and addresses of the stack, for JSON output."""
        namespace = self.run.platform.namespace
        return {
            "cluster": cluster,
            "workloads": workloads(cluster, namespace),
            "addresses": self.run.recording.outputs["addresses"],
            "localAddresses": self.sandbox.local_addresses,
        }

    def print_access(self, cluster: Cluster) -> None:
        """Print the workloads and addresses of the stack."""
        namespace = self.run.platform.namespace
        addresses = self.run.recording.outputs["addresses"]
        deployment_report.print_workloads(OUT, workloads(cluster, namespace), addresses)
        local = self.sandbox.local_addresses
        deployment_report.print_local_addresses(OUT, addresses, local)
        if self.stack == LIVE and (gateway := self.run.platform.gateway):
            entrance = _live_stack(self.sandbox).gateway(cluster, gateway, self.run.platform.mesh, say)
            if here := local.get(entrance.port):
                deployment_report.print_gateway(OUT, addresses, entrance.authority, here)
        OUT.print(f"inspect: kubectl --kubeconfig {cluster.kubeconfig} -n {namespace} get all", highlight=False)

    def print_example(self) -> None:
        """Print a command that asks the example model of the live stack for a digit."""
        here = self.sandbox.local_addresses.get("digits:http")
        if self.stack == LIVE and here:
            deployment_report.print_example(OUT, EXAMPLE_REQUEST, here)
