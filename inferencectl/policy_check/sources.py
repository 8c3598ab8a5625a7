"""Where in the checkout to fix what the policies find about a resource."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from inferencectl.policy_check.finding import Finding
from inferencectl.program.recording import Recording, Resource
from inferencectl.program.resource import SourcePosition
from inferencectl.workspace.project import Project
from settings.loading.loading import PLATFORM_KEY

_STACK_TYPE = "pulumi:pulumi:Stack"
# The components that the program makes of the entries of a list in the stack file, each with its entry's name.
_LISTS = {"inference:index:ModelService": "models", "inference:index:GpuNodePool": "pools"}


class Sources:
    """The stack file, the program and the policy configuration that a recording was made from."""

    def __init__(self, project: Project, recording: Recording) -> None:
        self._project = project
        self.recording = recording
        self._stack_file = project.stack_file(recording.stack)
        self._configuration = project.policy_configuration(recording.stack)
        self._resources = {resource.urn: resource for resource in recording.resources}
        self._entry_lines = dict(_entries(self._stack_file))

    def position_of(self, finding: Finding) -> SourcePosition:
        """The line to change, relative to the checkout.

        For an exemption that is where the exemptions begin; for a resource the entry of the stack file that its
        component is made of, or else the call in the program that made the component.
        """
        if finding.field.startswith("exemptions[") and self._configuration:
            return self._position(self._configuration, _line_with(self._configuration, '"exemptions"'))
        outermost = self._outermost(finding.urn)
        entry = (_LISTS.get(outermost.type, ""), outermost.name) if outermost else ("", "")
        if entry in self._entry_lines:
            return self._position(self._stack_file, self._entry_lines[entry])
        if outermost and outermost.source:
            return outermost.source
        return self._position(self._project.program, 1)

    def maker_of(self, finding: Finding) -> SourcePosition | None:
        """The line of a component that made the finding's resource; None where the program made it itself."""
        resource = self._resources.get(finding.urn)
        return resource.source if resource and resource is not self._outermost(finding.urn) else None

    def _outermost(self, urn: str) -> Resource | None:
        """What the program itself made: the resource, or the outermost component around it."""
        found, resource = None, self._resources.get(urn)
        while resource and resource.type != _STACK_TYPE:
            found, resource = resource, self._resources.get(resource.parent)
        return found

    def _position(self, file: Path, line: int) -> SourcePosition:
        return SourcePosition(file.relative_to(self._project.root).as_posix(), line)


def _entries(stack_file: Path) -> Iterator[tuple[tuple[str, str], int]]:
    """The key of a list and an entry's name in it, with the line of the name."""
    node: yaml.Node | None = yaml.compose(stack_file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    for key in ("config", PLATFORM_KEY):
        _, node = _members(node).get(key, (None, None))
    members = _members(node)
    for key in _LISTS.values():
        _, entries = members.get(key, (None, None))
        for entry in entries.value if isinstance(entries, yaml.SequenceNode) else ():
            if "name" in _members(entry):
                name_key, name = _members(entry)["name"]
                yield (key, name.value), name_key.start_mark.line + 1


def _members(node: yaml.Node | None) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
    """The members of a mapping by key, each as the node of its key and that of its value; none for anything else."""
    return {key.value: (key, value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _line_with(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)
