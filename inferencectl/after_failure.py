"""What a failed deployment says besides its cause: where clients are now, and what the next `up` does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kubernetes.client import ApiClient

from inferencectl.deployer.resources import Resources
from inferencectl.traffic import Traffic, traffic
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Platform, Strategy

_SHOWN = 10


@contextmanager
def situation_told(api: ApiClient, platform: Platform) -> Iterator[None]:
    """Add to an error of a deployment what the cluster looks like after it; a refusal has changed nothing."""
    try:
        yield
    except SandboxError as error:
        if error.exit_code == BAD_INPUT:
            raise
        try:
            found = traffic(Resources(api), platform)
        except SandboxError as unreachable:
            now = [f"where clients are sent now is not known: {unreachable.message}"]
            found = ()
        else:
            now = _now(found)
        message = "\n".join([error.message, *now])
        remedy = "\n".join([error.remedy, *_next(found, platform)])
        raise SandboxError(message, remedy, exit_code=error.exit_code) from error


def _now(found: Sequence[Traffic]) -> list[str]:
    moved = [each for each in found if not each.is_settled]
    lines = [f"now: {each}" for each in moved[:_SHOWN]]
    if len(moved) > _SHOWN:
        lines.append(f"now: {len(moved) - _SHOWN} more models are not where the settings have them either")
    if len(moved) < len(found):
        others = "all other models" if moved else "all models"
        lines.append(f"now: {others} answer as the settings have it")
    return lines


def _next(found: Sequence[Traffic], platform: Platform) -> list[str]:
    """What the next deployment does for each model whose clients are not where the settings have them."""
    models = {model.name: model for model in platform.models}
    lines = []
    for each in [each for each in found if each.shares != each.wanted][:_SHOWN]:
        versions = " and ".join(map(str, sorted(each.wanted)))
        line = f"the next up waits until version {versions} of {each.model} is ready, and moves its clients then"
        if each.shares:
            before = " and ".join(map(str, sorted(each.shares)))
            stopped = models[each.model].rollout.strategy is Strategy.RECREATE and each.unanswered
            line += (
                f"; to start version {before} again, give it weight 100 and the other 0"
                if stopped
                else f"; to stay with version {before}, put it back into the settings"
            )
        lines.append(line)
    return lines or ["the next up goes on from here"]
