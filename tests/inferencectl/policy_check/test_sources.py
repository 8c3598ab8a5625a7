"""Where a finding leads: to the entry of the stack file, to the call in the program, or to the exemptions."""

from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.sources import Sources
from inferencectl.program.recording import Recording, Resource
from inferencectl.program.resource import SourcePosition
from inferencectl.workspace.project import Project

STACK_FILE = """config:
  inference:platform:
    pools:
      - name: a100
    models:
      - replicas: 1
        name: iris
      - name: a100
"""
CALL, MAKER = SourcePosition("__main__.py", 12), SourcePosition("components/part.py", 7)


def component(kind: str, name: str, source: SourcePosition | None = CALL) -> Resource:
    token = f"inference:index:{kind}"
    return Resource(
        urn=f"urn::{token}::{name}", type=token, name=name, custom=False, parent="", inputs={}, source=source
    )


def child_of(parent: Resource) -> Resource:
    return replace(
        parent, urn=f"{parent.urn}-child", type="kubernetes:core/v1:Service", parent=parent.urn, source=MAKER
    )


def sources(root: Path, *resources: Resource) -> Sources:
    (root / "Pulumi.prod.yaml").write_text(STACK_FILE, encoding="utf-8")
    return Sources(Project(root), Recording(project="inference", stack="prod", resources=resources))


def about(resource: Resource) -> Finding:
    return Finding(rule="N08", level="mandatory", urn=resource.urn, title="A title", found="a value", field="spec.type")


@pytest.mark.parametrize(
    ("kind", "name", "position"),
    [
        ("ModelService", "iris", SourcePosition("Pulumi.prod.yaml", 7)),
        ("ModelService", "a100", SourcePosition("Pulumi.prod.yaml", 8)),
        ("GpuNodePool", "a100", SourcePosition("Pulumi.prod.yaml", 4)),
        ("ModelService", "another", CALL),
        ("PlatformAccess", "iris", CALL),
    ],
)
def test_a_component_leads_to_its_entry_or_else_to_its_call(
    tmp_path: Path, kind: str, name: str, position: SourcePosition
) -> None:
    made = component(kind, name)
    child = child_of(made)
    grandchild = child_of(child)
    found = sources(tmp_path, made, child, grandchild)
    assert {found.position_of(about(each)) for each in (made, child, grandchild)} == {position}
    assert [found.maker_of(about(each)) for each in (made, child, grandchild)] == [None, MAKER, MAKER]


def test_without_a_position_the_program_is_named(tmp_path: Path) -> None:
    unknown = component("PlatformAccess", "access", source=None)
    found = sources(tmp_path, unknown)
    assert found.position_of(about(unknown)) == SourcePosition("__main__.py", 1)
    assert found.position_of(replace(about(unknown), urn="")) == SourcePosition("__main__.py", 1)


def test_a_finding_on_an_exemption_leads_to_the_exemptions(tmp_path: Path) -> None:
    configuration = tmp_path / "policies" / "config" / "prod.json"
    configuration.parent.mkdir(parents=True)
    configuration.write_text('{\n  "rules": {\n    "exemptions": []\n  }\n}\n', encoding="utf-8")
    finding = Finding(rule="X01", level="advisory", urn="", title="", found="", field="exemptions[0].expires")
    assert sources(tmp_path).position_of(finding) == SourcePosition("policies/config/prod.json", 3)
