"""The platform's diagram, generated from the program; ``python -m scripts.diagram`` updates docs/architecture.md."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from inferencectl.program.recording import Recording, Resource
from inferencectl.program.run import run_program
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parent.parent)
DOCUMENT = PROJECT.root / "docs" / "architecture.md"
STACK = "dev"
BEGIN = "<!-- What follows is written by python -m scripts.diagram. -->\n"
END = "<!-- End of what is written by python -m scripts.diagram. -->\n"
READABLE_BY_ALL = 0o644

Edges = Mapping[str, Set[str]]


def updated(document: str) -> str:
    """The document with its diagram regenerated from the program as configured by the stack `STACK`."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    diagram = mermaid(run_program(PROJECT, STACK).recording)
    return f"{before}{begin}\n```mermaid\n{diagram}```\n\n{end}{after}"


def mermaid(recording: Recording) -> str:
    """A Mermaid flowchart with a box for each component and for each resource outside components.

    A box lists the kinds of its resources. An arrow points to a box that another one needs, unless it is
    implied by other arrows.
    """
    boxes = _boxes(recording)
    names = {urn: f"n{number}" for number, urn in enumerate(boxes)}
    lines = [f'{names[urn]}["{_label(box, recording)}"]' for urn, box in boxes.items()]
    needs = _without_implied(_needs(boxes, recording))
    lines += [f"{names[urn]} --> {names[needed]}" for urn in boxes for needed in boxes if needed in needs[urn]]
    return "".join(f"{line}\n" for line in ["flowchart LR", *(f"  {line}" for line in lines)])


def _boxes(recording: Recording) -> Mapping[str, Resource]:
    components = {resource.urn for resource in recording.resources if not resource.custom}
    return {
        resource.urn: resource
        for resource in recording.resources
        if not resource.custom or resource.parent not in components
    }


def _label(box: Resource, recording: Recording) -> str:
    kinds = Counter(_kind(each) for each in recording.resources if each.custom and each.parent == box.urn)
    counted = (f"{count} x {kind}" if count > 1 else kind for kind, count in sorted(kinds.items()))
    return "<br/>".join([f"<b>{_kind(box)} {box.name}</b>", *counted])


def _kind(resource: Resource) -> str:
    return resource.type.rpartition(":")[2]


def _needs(boxes: Mapping[str, Resource], recording: Recording) -> Edges:
    box_of = {
        resource.urn: resource.urn if resource.urn in boxes else resource.parent for resource in recording.resources
    }
    needs: dict[str, set[str]] = {urn: set() for urn in boxes}
    for resource in recording.resources:
        here = box_of[resource.urn]
        needs[here] |= {box_of[urn] for urn in _needed_by(resource)} - {here}
    return needs


def _needed_by(resource: Resource) -> Iterator[str]:
    yield from resource.dependencies
    if resource.provider:
        # A provider reference consists of the provider's URN, which has four parts, and its ID.
        yield "::".join(resource.provider.split("::")[:4])


def _without_implied(needs: Edges) -> Edges:
    return {
        urn: {each for each in needed if not any(each in _reached(other, needs) for other in needed - {each})}
        for urn, needed in needs.items()
    }


def _reached(start: str, needs: Edges) -> Set[str]:
    reached: set[str] = set()
    to_visit = [start]
    while to_visit:
        new = needs[to_visit.pop()] - reached
        reached |= new
        to_visit += new
    return reached


if __name__ == "__main__":
    write_atomically(DOCUMENT, updated(DOCUMENT.read_text(encoding="utf-8")), mode=READABLE_BY_ALL)
