"""One command's work on one stack, with its progress on standard error."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from inferencectl import deployment_report
from inferencectl.changes import Outcome, Plan
from inferencectl.cost import saved_cost
from inferencectl.cost.comparison import CostComparison, compared
from inferencectl.engines import DeploymentEngine, choose_engine
from inferencectl.live_stack import EXAMPLE_REQUEST, NAMESPACES, LiveStack
from inferencectl.model_names import ModelNames, model_names
from inferencectl.outages import Outage, outages
from inferencectl.policy_check.render import table
from inferencectl.policy_check.verdict import Examination, Verdict, examine, judge
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.stack_nodes import LIVE, NodeKind
from inferencectl.stack_sandbox import StackSandbox, workloads
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project
from settings import stack_cost

TRAINING_PYTHON = Path(".venv-training/bin/python")
OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)


def this_project() -> Project:
    """The checkout that the command line belongs to."""
    return Project(Path(__file__).parent.parent)


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


def delete(stack: str) -> None:
    """Delete the stack and its sandbox, and the live stack's file if it is as `prepare` has written it.

    Raises:
        SandboxError: there is no such stack, or it cannot be deleted.
    """
    project = this_project()
    if not project.cluster_directory(stack).exists():
        # Otherwise a first start has failed before there was a stack file.
        project.require_stack(stack)
    sandbox = StackSandbox(project=project, stack=stack)
    is_as_written = stack == LIVE and _live_stack(sandbox).is_stack_file_as_written
    sandbox.delete(say)
    if is_as_written:
        project.stack_file(stack).unlink()
        say(f"deleted {project.stack_file(stack).name}, which was as up had written it")


def _live_stack(sandbox: StackSandbox) -> LiveStack:
    return LiveStack(sandbox=sandbox, training_python=sandbox.project.root / TRAINING_PYTHON)


def names_of(stack: str, *, offline: bool) -> AbstractContextManager[ModelNames]:
    """The versions that the names in ``stack`` resolve to, for the duration of a command."""
    return model_names(this_project(), stack, offline=offline, progress=say)


def say(text: str) -> None:
    """Report progress on standard error."""
    ERR.print(f"[dim]·[/dim] {escape(text)}", highlight=False)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A stack and the resources that its program registered."""

    sandbox: StackSandbox
    run: ProgramRun

    @classmethod
    def open(cls, stack: str) -> "Session":
        """Run the program with the configuration of ``stack``."""
        project = this_project()
        say(f"running the program with the configuration of {stack}")
        return cls(sandbox=StackSandbox(project=project, stack=stack), run=run_program(project, stack))

    @property
    def project(self) -> Project:
        """The checkout."""
        return self.sandbox.project

    @property
    def directory(self) -> Path:
        """Where the sandbox keeps the state of the stack."""
        return self.project.sandbox_directory(self.sandbox.stack)

    def judged(self) -> Verdict:
        """The verdict of the policy pack."""
        self._say_policies()
        return judge(self.project, self.run.recording)

    def examined(self) -> Examination:
        """The verdict of the policy pack, with the rules and resources behind it."""
        self._say_policies()
        return examine(self.project, self.run.recording)

    def accepted(self) -> Verdict:
        """The verdict, if the stack may be deployed.

        Raises:
            SandboxError: a mandatory policy is violated; nothing has been sent to the cluster.
        """
        verdict = self.judged()
        table.print_violations(ERR, verdict)
        self.require_accepted(verdict, "nothing was sent to the cluster")
        return verdict

    def require_accepted(self, verdict: Verdict, consequence: str) -> None:
        """End the command, which says what follows, if a mandatory policy is violated.

        Raises:
            SandboxError: a mandatory policy is violated.
        """
        if not verdict.violations:
            return
        remedy = "fix the fields named above, or exempt them with an owner and a date in the policy configuration"
        if not self.project.policy_configuration(self.sandbox.stack):
            remedy = f"{self.project.missing_policy_configuration(self.sandbox.stack)}; otherwise {remedy}"
        count = f"{len(verdict.violations)} violations of mandatory policies"
        raise SandboxError(f"deployment refused: {count}; {consequence}", remedy)

    def choose(self, wanted: DeploymentEngine | None) -> DeploymentEngine:
        """The engine that deploys."""
        engine = choose_engine(self.directory, wanted)
        say(f"deploying with {'pulumi' if engine is DeploymentEngine.PULUMI else 'the sandbox deployer'}")
        return engine

    def start(self, nodes: NodeKind | None = None) -> tuple[Cluster, tuple[Outage, ...]]:
        """The running control plane, and the models that do not answer for a while during the change at hand.

        It has the ``nodes`` that are asked for; without a wish, those that it had.

        Raises:
            SandboxError: what is to be deployed is not possible there; nothing has been changed.
        """
        self.sandbox.choose_nodes(nodes, say)
        cluster = self.sandbox.start(self.run.platform.cluster.context, say)
        self.sandbox.refuse_impossible(cluster, self.run.recording, self.run.platform)
        existing = workloads(cluster, self.run.platform.namespace)
        found = outages(self.run.platform, (workload.name for workload in existing if workload.wanted))
        deployment_report.print_outages(ERR, found)
        return cluster, found

    def deploy(self, cluster: Cluster, engine: DeploymentEngine, verdict: Verdict) -> Outcome | Mapping[str, int]:
        """Deploy what was judged, record its cost, and make the models reachable from this machine if their pods run.

        Raises:
            SandboxError: it failed; the error also says where clients are now, and what the next deployment does.
        """
        with self._supplied(cluster), self.sandbox.situation_told(cluster, self.run.platform):
            if engine is DeploymentEngine.PULUMI:
                outcome = self.sandbox.pulumi_up(cluster, say)
            else:
                outcome = self.sandbox.deploy(cluster, verdict.recording, say)
        self._record_cost()
        self.sandbox.connect(cluster, self.run.platform.namespace, say)
        return outcome

    def preview(self, cluster: Cluster, engine: DeploymentEngine, verdict: Verdict) -> Plan | Mapping[str, int]:
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
        """What is deployed in the context finds what it needs in the cluster beside itself, if it is the live stack."""
        if self.sandbox.stack == LIVE:
            live = _live_stack(self.sandbox)
            live.scale_by_load(cluster, self.run.platform.autoscaling, say)
            with live.supplying(cluster, say):
                yield
        else:
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
        deployment_report.print_local_addresses(OUT, addresses, self.sandbox.local_addresses)
        OUT.print(f"inspect: kubectl --kubeconfig {cluster.kubeconfig} -n {namespace} get all", highlight=False)

    def print_example(self) -> None:
        """Print a command that asks the example model of the live stack for a digit."""
        here = self.sandbox.local_addresses.get("digits:http")
        if self.sandbox.stack == LIVE and here:
            deployment_report.print_example(OUT, EXAMPLE_REQUEST, here)

    def _say_policies(self) -> None:
        say(f"checking {len(self.run.recording.resources)} resources against the policies")
