"""The command that reports on a pull request: every stack of this checkout beside the commit that it starts from."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import settings
from inferencectl.console import OUT, say
from inferencectl.cost.comparison import compared
from inferencectl.deployer.rendering import shown_manifests
from inferencectl.judged_program import JudgedProgram, this_project
from inferencectl.model_changes import changes_of
from inferencectl.outages import outages
from inferencectl.policy_check.files import PolicyFiles
from inferencectl.policy_check.verdict import Verdict
from inferencectl.review.base import Base, base_at
from inferencectl.review.comparison import WORKLOADS, compare
from inferencectl.review.page import comment, whole_report
from inferencectl.review.stack_review import StackReview, client_words
from inferencectl.stack_nodes import LIVE
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from inferencectl.workspace.files import require_directory, require_writable, write_atomically
from inferencectl.workspace.project import Project

app = typer.Typer()

Reference = Annotated[str, typer.Option("--base", help="The branch or commit to compare with.")]
Output = Annotated[Path, typer.Option("--output", help="Directory to write to.")]
Whole = Annotated[str, typer.Option("--whole", help="Where readers of a shortened comment find all of it.")]

_READABLE_BY_ALL = 0o644


@app.command()
def report(base: Reference = "origin/main", output: Output = Path("report"), whole: Whole = "") -> None:
    """Report what this checkout changes in every stack, as a comment for a pull request. No cluster needed."""
    comment_file, whole_file = output / "comment.md", output / "report.md"
    project = this_project()
    with base_at(project, base) as start:
        require_directory(output)
        for path in (comment_file, whole_file):
            require_writable(path)
        reviews = [_review(project, stack, start, output) for stack in _stacks(project)]
        gone = sorted(set(_stacks(start.project)) - set(_stacks(project)))
    reviews += [StackReview(stack=stack, refusal=f"Pulumi.{stack}.yaml is gone; what it made stays") for stack in gone]
    write_atomically(comment_file, comment(reviews, start.commit, whole or str(whole_file)), mode=_READABLE_BY_ALL)
    write_atomically(whole_file, whole_report(reviews, start.commit), mode=_READABLE_BY_ALL)
    OUT.print(f"wrote {comment_file} and {whole_file}", highlight=False)
    refused = [review.stack for review in reviews if not review.is_acceptable]
    if refused:
        code = BAD_INPUT if any(review.refusal for review in reviews) else FAILED
        raise SandboxError(f"not to be deployed: {', '.join(refused)}", f"see {whole_file}", exit_code=code)


def _stacks(project: Project) -> list[str]:
    """The stacks of a checkout, without the one that `up` writes for this machine; prod last, as it is deployed."""
    names = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in project.root.glob("Pulumi.*.yaml"))
    order = [each.value for each in settings.Environment]
    return sorted({*names} - {LIVE}, key=lambda name: (order.index(name) if name in order else -1, name))


def _review(project: Project, stack: str, start: Base, output: Path) -> StackReview:
    """The review of one stack; its findings are written for code scanning too."""
    files = PolicyFiles.chosen(sarif=output / f"{stack}.sarif", junit=None)
    try:
        program = JudgedProgram.open_to_judge(stack)
        examination = program.examined()
    except (SandboxError, settings.SettingsError) as error:
        return StackReview(stack=stack, refusal=str(error))
    for written in files.write(project, examination):
        say(f"wrote {written}")
    return _compared(program, examination.verdict, start)


def _compared(program: JudgedProgram, verdict: Verdict, start: Base) -> StackReview:
    project, stack, platform = program.project, program.stack, program.run.platform
    before = start.platform(stack)
    models = {model.name for each in (before, platform) if each for model in each.models}
    own = settings.read_pins(project.models_lock, stack)
    names = settings.named_models(stack, settings.read_stack_file(project.stack_file(stack)))
    pinned = settings.read_pins(start.project.models_lock, stack)
    changes = changes_of(names=names.names if names else (), now=own, pinned=pinned, deployed=None)
    review = StackReview(
        stack=stack,
        verdict=verdict,
        clients=tuple(client_words(before, platform)),
        models=tuple(map(str, changes)),
        cost=compared(settings.stack_cost(platform), settings.stack_cost(before) if before else None),
    )
    say(f"rendering {stack} as it is at {start.commit[:12]}")
    try:
        is_new = not start.project.stack_file(stack).is_file()
        old = [] if is_new else start.manifests(stack, project.random_values(stack))
    except SandboxError as error:
        return replace(review, not_compared=error.message)
    running = [each["metadata"]["name"] for each in old if each["kind"] in WORKLOADS]
    return replace(
        review,
        comparison=compare(old, shown_manifests(verdict.recording), models),
        outages=tuple(map(str, outages(platform, running))),
    )
