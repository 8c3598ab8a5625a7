"""Going back to an earlier release: the stack file says it, and a deployment follows as after any other change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from inferencectl.releases.release import Release, going_back_to, release_setting, target
from inferencectl.releases.stack_file import models_in, with_release
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project
from settings import Model, Platform, Version


def model_named(platform: Platform, name: str) -> Model:
    """The model of the stack with that name.

    Raises:
        SandboxError: there is none; the error names those that there are.
    """
    for model in platform.models:
        if model.name == name:
            return model
    raise SandboxError(
        f"the stack has no model {name}" if name else "no model is named",
        f"name one of {', '.join(each.name for each in platform.models)}, with make by MODEL=",
        exit_code=BAD_INPUT,
    )


def chosen(releases: Sequence[Release], model: Model, number: int | None) -> Release:
    """The release to go back to; raises SandboxError if there is none."""
    release = target(releases, model, number)
    if release is None:
        numbers = ", ".join(str(each.number) for each in releases)
        what = (
            f"release {number}"
            if number is not None
            else "earlier release that succeeded and gave clients something else"
        )
        raise SandboxError(
            f"{model.name} has no {what}",
            f"its releases are {numbers}; name one with TO=" if numbers else "deploy it with `up` first",
            exit_code=BAD_INPUT,
        )
    if release.is_of(model):
        raise SandboxError(
            f"the stack file has the versions of release {release.number} of {model.name} already",
            "deploy them with `up`, or name another release with TO=",
            exit_code=BAD_INPUT,
        )
    return release


def write(project: Project, stack: str, model: Model, release: Release, progress: Callable[[str], None]) -> None:
    """Put the versions of `release`, and its strategy, into the stack file.

    Raises:
        SandboxError: the model's other settings do not allow these, or that would change more than these, as where the
            file repeats a part by an alias.
    """
    file = project.stack_file(stack)
    before = file.read_text(encoding="utf-8")
    keys = going_back_to(release, model)
    _refuse_invalid(model, release, keys)
    strategy = None if keys["release"] == model.release.keys else keys["release"]
    after = with_release(before, model.name, keys["versions"], strategy)
    if not _is_same_but_for_release(before, after, model.name):
        raise SandboxError(
            f"{file.name}: the versions of {model.name} are written such that others would change with them",
            f"write them out, then run the same command again; they were: {dict(keys)}",
            exit_code=BAD_INPUT,
        )
    write_atomically(file, after)
    progress(f"{file.name}: {model.name} has the versions of release {release.number}: {shown(release)}")
    if strategy:
        progress(f"{file.name}: {model.name} has its release strategy: {shown_strategy(keys['release'])}")


def shown(release: Release) -> str:
    """The versions of a release, with their weights."""
    return ", ".join(map(str, release.versions))


def shown_strategy(keys: Mapping[str, Any]) -> str:
    """A release strategy with its keys on one line: ``mirror, candidate 2, percent 10``."""
    others = {key: value for key, value in keys.items() if key != "strategy"}
    return ", ".join(
        [keys["strategy"], *(key if isinstance(value, Mapping) else f"{key} {value}" for key, value in others.items())]
    )


def _refuse_invalid(model: Model, release: Release, keys: Mapping[str, Any]) -> None:
    """What the model's other settings say against a release of before, which `up` would refuse once it is written."""
    try:
        versions = tuple(map(Version.model_validate, keys["versions"]))
        wanted = {"versions": versions, "release": release_setting(keys["release"])}
    except ValidationError as error:
        # Another version of this program has made the record.
        problems = [each["msg"] for each in error.errors()]
    else:
        problems = [str(issue) for issue in model.model_copy(update=wanted).issues()]
    if problems:
        raise SandboxError(
            f"{model.name} cannot have the versions of release {release.number}: {'. '.join(problems)}",
            "change the other settings of the model first, or name another release with TO=",
            exit_code=BAD_INPUT,
        )


def _is_same_but_for_release(before: str, after: str, model: str) -> bool:
    try:
        return _without_release(before, model) == _without_release(after, model)
    except yaml.YAMLError:
        # What others refer to by an alias has gone.
        return False


def _without_release(text: str, model: str) -> Any:  # noqa: ANN401 - any content of a stack file
    content = yaml.safe_load(text)
    for each in models_in(content):
        if each["name"] == model:
            del each["versions"]
            each.pop("release", None)
    return content
