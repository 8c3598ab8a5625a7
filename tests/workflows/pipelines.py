"""The files of the pipelines, and their steps as a runner sees them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
_OF_THE_FILE = {"workflow", "stages", "default"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of a pipeline, the job that it is of, and the variables that the file gives it."""

    file: str
    job: str
    command: str
    variables: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.file}: {self.job}: {self.command}"


def document(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> Mapping[str, Mapping[str, Any]]:
    return document(path)["jobs"]


def github_steps(known: Mapping[str, str]) -> Iterator[Step]:
    """Every `run`, with what GitHub would put for its expressions, as `known` has it."""
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            for step in job.get("steps", ()):
                if "run" in step:
                    given = {**job.get("env", {}), **step.get("env", {})}
                    variables = {key: _resolved(str(value), known) for key, value in given.items()}
                    yield Step(file=path.name, job=name, command=step["run"], variables=variables)


def gitlab_steps(known: Mapping[str, str]) -> Iterator[Step]:
    """Every line of a script, with the variables of its job and of the one that it extends."""
    content = document(GITLAB)
    for name, job in content.items():
        if name in _OF_THE_FILE or name.startswith("."):
            continue
        whole = _extended(content, job)
        (matrix,) = whole.get("parallel", {}).get("matrix", [{}])
        given = {**{key: values[0] for key, values in matrix.items()}, **whole.get("variables", {})}
        variables = {key: _expanded(str(value), known) for key, value in given.items()}
        for command in _flat([*whole.get("before_script", ()), *whole["script"]]):
            yield Step(file=GITLAB.name, job=name, command=command, variables=variables)


def _extended(content: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    base = content[job["extends"]] if "extends" in job else {}
    return {**base, **job, "variables": {**base.get("variables", {}), **job.get("variables", {})}}


def _flat(commands: list[Any]) -> Iterator[str]:
    for command in commands:
        yield from command if isinstance(command, list) else [command]


def _resolved(text: str, known: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: known[found[1]], text)


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: known[found[1]], text)
