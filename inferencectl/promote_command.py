"""The command that promotes a version from one stack to another."""

import shlex
from collections.abc import Iterator
from typing import Annotated

import typer

from inferencectl.console import ERR, OUT, say
from inferencectl.judged_program import JudgedProgram
from inferencectl.policy_check.render import text
from inferencectl.policy_check.verdict import analyzer_of
from inferencectl.program.run import platform_of, run_program
from inferencectl.promotion import proof
from inferencectl.promotion.change import Change, Proved, change_of
from inferencectl.promotion.evidence import Evidence, Result, evidence_in
from inferencectl.promotion.place import refuse_unfit
from inferencectl.promotion.promotion import Promotion, new_model
from inferencectl.release_commands import KeptReleases
from inferencectl.session import Session
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Model

app = typer.Typer()

Source = Annotated[str, typer.Option("--from", help="The stack in which the version was proved.")]
Target = Annotated[str, typer.Option("--to", help="The stack whose file gets it.")]
ModelName = Annotated[str, typer.Option("--model", help="The model.")]
Number = Annotated[int | None, typer.Option("--version", help="The version, if the model has several there.")]
Reason = Annotated[
    str | None, typer.Option("--unverified", help="Why it need not be verified; the file says it beside the version.")
]


@app.command()
def promote(
    source: Source, target: Target, model: ModelName = "", version: Number = None, unverified: Reason = None
) -> None:
    """Put a version that was proved in one stack into the file of another, for review. It deploys nothing."""
    if source == target:
        raise SandboxError(f"{source} is both --from and --to", "name two stacks", exit_code=BAD_INPUT)
    kept = KeptReleases.of_stack(source)
    project = kept.sandbox.project
    proved = proof.chosen(project, source, kept.platform, kept.model(model), version)
    place = platform_of(project, target)
    here = next((each for each in place.models if each.name == proved.model.name), None)
    refuse_unfit(proved, target, place, here, project.root)
    change = change_of(proved, target, place, here) if here else None
    if change is not None and not change:
        OUT.print(f"{target} has {proved} already, as {source} has it; nothing was changed", highlight=False)
        return
    evidence = _evidence(kept, proved, unverified)
    if change is None or here is None:
        raise new_model(proved, target, place)
    reason = _reason(proved, evidence, unverified)
    promotion = Promotion.of(project, proved, target, change, reason)
    after = _accepted(promotion, proved.model.name)
    files = promotion.write()
    for line in _told(proved, target, change, here, after):
        OUT.print(line, highlight=False, markup=False)
    message = f"Promote {proved} from {source} to {target}: {reason or evidence.told}"
    OUT.print(f"next: make preview STACK={target}", highlight=False)
    OUT.print(shlex.join(["git", "commit", "-m", message, *files]), highlight=False, markup=False)


def _evidence(kept: KeptReleases, proved: Proved, unverified: str | None) -> Evidence:
    """What has verified it, if it is released and deployed as the file says."""
    proof.refuse_unreleased(proved, kept.of(proved.model))
    kubectl = kept.sandbox.kubectl(kept.cluster, say)
    evidence = evidence_in(kubectl, kept.platform.namespace, proved.model, proved.version)
    proof.refuse_unverified(proved, evidence, unverified)
    session = Session.open_to_judge(proved.stack)
    verdict = session.judged()
    plan = session.preview(kept.cluster, session.choose(None), verdict)
    proof.refuse_undeployed(proved, plan, verdict.recording)
    return evidence


def _reason(proved: Proved, evidence: Evidence, unverified: str | None) -> str:
    """What the stack file says of a version that nothing has verified; empty if something has."""
    if evidence.result is Result.MISSING:
        return f"not verified in {proved.stack}: {' '.join((unverified or '').split())}"
    say(f"in {proved.stack} {evidence.told}")
    return ""


def _accepted(promotion: Promotion, model: str) -> Model:
    """The model after the change, if the settings and the policies allow it.

    Raises:
        SandboxError: a mandatory policy is violated.
        settings.SettingsError: the settings do not fit together.
    """
    project, target = promotion.project, promotion.target
    say(f"running the program with what the configuration of {target} would be")
    with promotion.tried() as file:
        run = run_program(project, target, file)
        verdict = JudgedProgram(project=project, stack=target, run=run, pack=analyzer_of(project, target)).judged()
    text.print_violations(ERR, verdict)
    if verdict.violations:
        raise SandboxError(
            f"{len(verdict.violations)} violations of mandatory policies in {target} with it; nothing was changed",
            f"fix the fields named above in Pulumi.{target}.yaml, or exempt them with an owner and a date",
            exit_code=BAD_INPUT,
        )
    return next(each for each in run.platform.models if each.name == model)


def _told(proved: Proved, target: str, change: Change, here: Model, after: Model) -> Iterator[str]:
    """What the stack file says now, for whoever reviews it."""
    place = f"Pulumi.{target}.yaml: {here.name}"
    if change.version is not None:
        yield f"{place} has version {proved.version.version}, as proved in {proved.stack}"
        yield f"{place}: {after.release.told(after.versions)}"
    for key, value in change.keys.items():
        yield f"{place}: {key} is {'gone' if value is None else value}"
