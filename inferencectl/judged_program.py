"""One stack's program and what the policy pack says of it, which needs no cluster."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from inferencectl.console import ERR, say
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.render import text
from inferencectl.policy_check.verdict import Examination, Verdict, analyzer_of, examine, judge
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project


def this_project() -> Project:
    """The checkout that the command line belongs to."""
    return Project(Path(__file__).parent.parent)


@dataclass(frozen=True, kw_only=True)
class JudgedProgram:
    """A stack of a checkout, the resources that its program registered, and the pack that judges them."""

    project: Project
    stack: str
    run: ProgramRun
    pack: Analyzer

    @classmethod
    def open(cls, stack: str) -> Self:
        """Run the program with the configuration of ``stack``."""
        project = this_project()
        say(f"running the program with the configuration of {stack}")
        return cls(project=project, stack=stack, run=run_program(project, stack), pack=analyzer_of(project, stack))

    @classmethod
    def open_to_judge(cls, stack: str) -> Self:
        """Run the program while the policy pack starts, for a command that has its verdict."""
        with analyzer_of(this_project(), stack).starting() as pack:
            return replace(cls.open(stack), pack=pack)

    def judged(self) -> Verdict:
        """The verdict of the policy pack."""
        self._say_policies()
        return judge(self.pack, self.run.recording)

    def examined(self) -> Examination:
        """The verdict of the policy pack, with the rules and resources behind it."""
        self._say_policies()
        return examine(self.pack, self.run.recording)

    def accepted(self) -> Verdict:
        """The verdict, if the stack may be deployed.

        Raises:
            SandboxError: a mandatory policy is violated; nothing has been sent to the cluster.
        """
        verdict = self.judged()
        text.print_violations(ERR, verdict)
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
        if not self.project.policy_configuration(self.stack):
            remedy = f"{self.project.missing_policy_configuration(self.stack)}; otherwise {remedy}"
        count = f"{len(verdict.violations)} violations of mandatory policies"
        raise SandboxError(f"deployment refused: {count}; {consequence}", remedy)

    def _say_policies(self) -> None:
        say(f"checking {len(self.run.recording.resources)} resources against the policies")
