"""What proves a version in a stack: that it is released there as the file says, and what the verification has found."""

from collections.abc import Sequence

import yaml

from inferencectl.changes import Plan
from inferencectl.deployer import kubernetes_objects
from inferencectl.program.recording import Recording
from inferencectl.promotion.change import Proved
from inferencectl.promotion.evidence import Evidence
from inferencectl.promotion.evidence import Result as Found
from inferencectl.releases.release import Release, Result
from inferencectl.releases.rollback import shown
from inferencectl.releases.stack_file import models_in
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from settings import Model, Platform


def chosen(project: Project, stack: str, platform: Platform, model: Model, number: int | None) -> Proved:
    """The version of that number, or the only one, if it runs.

    Raises:
        SandboxError: there is none, several, or it does not run.
    """
    numbers = ", ".join(str(each.version) for each in model.versions)
    if number is None and len(model.versions) > 1:
        raise _refusal(f"{model.name} has several versions in {stack}: {numbers}", "name one with VERSION=")
    found = [each for each in model.versions if number in (None, each.version)]
    if not found:
        raise _refusal(f"{model.name} has no version {number} in {stack}", f"name one of {numbers} with VERSION=")
    if found[0] not in model.running:
        raise _refusal(
            f"version {found[0].version} of {model.name} has no pods in {stack}: its weight is 0 with rollout.strategy "
            f"{model.rollout.strategy}",
            f"give it weight 100 in {stack}, deploy that, and promote it then",
        )
    models = models_in(yaml.safe_load(project.stack_file(stack).read_text(encoding="utf-8")))
    written = next(each for each in models if each["name"] == model.name)
    return Proved(stack=stack, platform=platform, model=model, version=found[0], written=written)


def refuse_unreleased(proved: Proved, releases: Sequence[Release]) -> None:
    """Refuse what is not the last release of the model in its stack, or has not succeeded; raises SandboxError."""
    stack, name, up = proved.stack, proved.model.name, f"make up STACK={proved.stack}"
    if not releases:
        raise _refusal(f"no release of {name} is on record in {stack}", f"release it with: {up}")
    last = releases[-1]
    what = f"the last release of {name} in {stack}, number {last.number} with {shown(last)},"
    if last.result is Result.FAILED:
        raise _refusal(f"{what} has failed", f"put it right, or go back with: make rollback STACK={stack} MODEL={name}")
    if last.result is Result.UNFINISHED:
        raise _refusal(f"{what} is unfinished: its `up` is running, or was killed", f"let it end, or repeat it: {up}")
    if not last.is_of(proved.model):
        raise _refusal(
            f"Pulumi.{stack}.yaml says something else for {name} than {what.removesuffix(',')}",
            f"release what it says with: {up}",
        )


def refuse_undeployed(proved: Proved, plan: Plan, recording: Recording) -> None:
    """Refuse settings that the cluster does not have: a release does not record all that comes along.

    Raises:
        SandboxError: a deployment of the stack would change objects of the model.
    """
    manifests = [item.manifest for item in kubernetes_objects(recording)]
    own = {
        (manifest["kind"], manifest["metadata"]["name"])
        for manifest in manifests
        if manifest["metadata"].get("labels", {}).get("app.kubernetes.io/name") == proved.model.name
    }
    changed = [f"{each.kind} {each.name}" for each in plan.changed if (each.kind, each.name) in own]
    if changed:
        raise _refusal(
            f"the cluster of {proved.stack} does not have {proved.model.name} as Pulumi.{proved.stack}.yaml says: "
            f"{', '.join(changed)}",
            f"make preview STACK={proved.stack} shows what differs; deploy it with make up, and promote it then",
        )


def refuse_unverified(proved: Proved, evidence: Evidence, reason: str | None) -> None:
    """Refuse what the verification has not passed. A ``reason`` stands in for a verification, not for a passed one.

    Raises:
        SandboxError: the last run has failed, or there is none and no reason.
    """
    if evidence.result is Found.FAILED:
        raise _refusal(
            f"{proved} is not promoted: in {proved.stack} {evidence.told}",
            "its log names the checks that failed: docs/verification.md",
        )
    if evidence.result is Found.MISSING and not reason:
        raise _refusal(
            f"nothing has verified {proved} in {proved.stack}: {evidence.told}",
            "let the verification run (docs/delivery.md#promotion), or give the reason why it need not, with make by "
            "UNVERIFIED=, which the stack file then says beside the version",
        )


def _refusal(message: str, remedy: str) -> SandboxError:
    return SandboxError(message, remedy, exit_code=BAD_INPUT)
