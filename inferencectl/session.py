"""One command's work on one stack, with its progress on standard error."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from inferencectl import deployment_report
from inferencectl.cost import saved_cost
from inferencectl.cost.comparison import CostComparison, compared
from inferencectl.engines import DeploymentEngine, choose_engine
from inferencectl.model_names import ModelNames, model_names
from inferencectl.policy_check.render import table
from inferencectl.policy_check.verdict import Examination, Verdict, examine, judge
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.stack_sandbox import StackSandbox, workloads
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project
from settings import stack_cost

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)


def this_project() -> Project:
    """The checkout that the command line belongs to."""
    return Project(Path(__file__).parent.parent)


def names_of(stack: str, *, offline: bool) -> AbstractContextManager[ModelNames]:
    """What the versions that ``stack`` names mean, while a command works on it."""
    return model_names(this_project(), stack, offline=offline, progress=say)


def say(text: str) -> None:
    """Tell progress on standard error."""
    ERR.print(f"[dim]·[/dim] {escape(text)}", highlight=False)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A stack, and what its program registered."""

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
        """What the sandbox keeps for the stack."""
        return self.project.sandbox_directory(self.sandbox.stack)

    def judged(self) -> Verdict:
        """What the policy pack says."""
        self._say_policies()
        return judge(self.project, self.run.recording)

    def examined(self) -> Examination:
        """What the policy pack says, and what that rests on."""
        self._say_policies()
        return examine(self.project, self.run.recording)

    def accepted(self) -> Verdict:
        """The verdict of a stack that may be deployed; a violation ends the command before anything is sent."""
        verdict = self.judged()
        if verdict.violations:
            table.print_verdict(ERR, verdict)
            raise SandboxError(
                f"the deployment is refused: {len(verdict.violations)} violations of mandatory policies",
                "correct the fields that are named above; nothing was sent to the cluster",
            )
        table.print_advice(ERR, verdict)
        return verdict

    def choose(self, wanted: DeploymentEngine | None) -> DeploymentEngine:
        """The engine that deploys."""
        engine = choose_engine(self.directory, wanted)
        say(f"deploying with {'pulumi' if engine is DeploymentEngine.PULUMI else 'the deployer of the sandbox'}")
        return engine

    def start(self) -> Cluster:
        """The running control plane."""
        return self.sandbox.start(self.run, say)

    @cached_property
    def cost(self) -> CostComparison | None:
        """What the stack costs, beside what it cost when it was last deployed; None without prices."""
        return compared(stack_cost(self.run.platform), saved_cost.read(self.directory))

    def record_cost(self) -> None:
        """Note that the stack was deployed. What changed with it is known from before."""
        before = self.cost
        saved_cost.write(self.directory, before.now if before else None)

    def access(self, cluster: Cluster) -> dict[str, object]:
        """How what runs is reached, for machines."""
        return {
            "cluster": cluster,
            "workloads": workloads(cluster, self.run.platform.namespace),
            "addresses": self.run.recording.outputs["addresses"],
        }

    def print_access(self, cluster: Cluster) -> None:
        """How what runs is reached, for people."""
        namespace = self.run.platform.namespace
        addresses = self.run.recording.outputs["addresses"]
        deployment_report.print_workloads(OUT, workloads(cluster, namespace), addresses)
        OUT.print(f"inspect: kubectl --kubeconfig {cluster.kubeconfig} -n {namespace} get all", highlight=False)

    def _say_policies(self) -> None:
        say(f"checking {len(self.run.recording.resources)} resources against the policies")
