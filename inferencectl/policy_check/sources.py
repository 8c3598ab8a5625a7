"""Where in the checkout a reader mends what the policy pack finds about a resource."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic.alias_generators import to_camel

from inferencectl.policy_check.analyzer import Finding
from inferencectl.program.recording import Recording, Resource
from inferencectl.workspace.project import Project
from settings.loading.loading import PLATFORM_KEY

_SETTINGS = "platform"


@dataclass(frozen=True)
class Place:
    """A line of a file; ``path`` is relative to the checkout, ``line`` counts from 1."""

    path: str
    line: int


@dataclass(frozen=True)
class _Call:
    """A call of the program that names a resource: its line, and the keys of the settings in its arguments."""

    line: int
    keys: tuple[str, ...]


class Sources:
    """The stack file, the program and the policy configuration that a recording was made from."""

    def __init__(self, project: Project, recording: Recording) -> None:
        self._project = project
        self._stack_file = project.stack_file(recording.stack)
        self._configuration = project.policy_configuration(recording.stack)
        self._resources = {resource.urn: resource for resource in recording.resources}
        platform = _platform(self._stack_file)
        self._key_lines = {key: node.start_mark.line + 1 for key, (node, _) in platform.items()}
        self._model_lines = dict(_models(platform))
        self._calls = dict(_calls(project.program))

    def place_of(self, finding: Finding) -> Place:
        """The line to mend: of an exemption, of the model or key in the stack file, or of the program."""
        if finding.field.startswith("exemptions[") and self._configuration:
            return self._place(self._configuration, _line_with(self._configuration, '"exemptions"'))
        name = self._composed(finding.urn)
        if name in self._calls:
            return self._of_call(self._calls[name])
        if name in self._model_lines:
            return self._place(self._stack_file, self._model_lines[name])
        return self._place(self._project.program, 1)

    def _composed(self, urn: str) -> str:
        """The name of what the program itself composed: the resource, or the outermost component around it."""
        name, resource = "", self._resources.get(urn)
        while resource and not _is_stack(resource):
            name, resource = resource.name, self._resources.get(resource.parent)
        return name

    def _of_call(self, call: _Call) -> Place:
        for key in call.keys:
            if key in self._key_lines:
                return self._place(self._stack_file, self._key_lines[key])
        return self._place(self._project.program, call.line)

    def _place(self, file: Path, line: int) -> Place:
        return Place(file.relative_to(self._project.root).as_posix(), line)


def _is_stack(resource: Resource) -> bool:
    return resource.type == "pulumi:pulumi:Stack"


def _platform(stack_file: Path) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
    node: yaml.Node | None = yaml.compose(stack_file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    for key in ("config", PLATFORM_KEY):
        _, node = _members(node).get(key, (None, None))
    return _members(node)


def _members(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """The members of a mapping by key, each as the node of its key and that of its value; none for anything else."""
    return {key.value: (key, value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _models(platform: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> Iterator[tuple[str, int]]:
    _, models = platform.get("models", (None, None))
    for model in models.value if isinstance(models, yaml.SequenceNode) else ():
        if "name" in _members(model):
            key, name = _members(model)["name"]
            yield name.value, key.start_mark.line + 1


def _calls(program: Path) -> Iterator[tuple[str, _Call]]:
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(args=[ast.Constant(value=str(name)), *_]):
                yield name, _Call(node.lineno, tuple(_settings_in(node)))


def _settings_in(call: ast.Call) -> Iterator[str]:
    for node in ast.walk(call):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == _SETTINGS:
                yield to_camel(attribute)


def _line_with(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)
