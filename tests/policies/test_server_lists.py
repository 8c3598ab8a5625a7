"""What a stack may add to model servers is the same in its settings and in its configuration of the pack."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from configuration_schema import DEFAULTS
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.workspace.project import Project
from settings import load, read_stack_file
from settings.consistency.server_issues import SERVER_NAMES
from settings.server.names import UNSAFE_VARIABLES, is_allowed
from tests.committed_stacks import STACKS
from tests.policies.manifests import changed, deployment, resource

ADDED = "spec template metadata annotations shop.example/contact"


def test_the_variables_are_those_of_the_settings() -> None:
    patterns = {pattern for names in SERVER_NAMES.values() for pattern in names.variables}
    assert patterns == {*DEFAULTS["serverVariables"]} - {"TEMP"}
    assert [*UNSAFE_VARIABLES] == DEFAULTS["unsafeServerVariables"]
    decided = {name for names in SERVER_NAMES.values() for name in names.decided_variables}
    assert all(is_allowed(name, DEFAULTS["serverVariables"]) for name in decided)


@pytest.mark.parametrize("stack", STACKS)
def test_a_committed_stack_allows_the_same_domains_in_both(pack: Path, stack: str) -> None:
    project = Project(pack.parent)
    platform = load(stack, read_stack_file(project.stack_file(stack)))
    file = project.policy_configuration(stack)
    properties = json.loads(file.read_text(encoding="utf-8"))["rules"] if file else {}
    assert [*platform.cluster.metadata_domains] == {**DEFAULTS, **properties}["metadataDomains"]


def test_a_stack_names_the_domains_and_variables_that_it_knows(
    configured: Callable[[dict[str, Any]], Analyzer],
) -> None:
    annotated = changed(deployment(), ADDED, "shop@shop.example")
    with_variable = changed(annotated, "spec template spec containers 0 env 0 name", "SHOP_LIMIT")
    for rules, found in (
        ({}, 2),
        ({"metadataDomains": ["example"]}, 1),
        ({"metadataDomains": ["shop.example"], "serverVariables": ["SHOP_*"]}, 0),
        ({"metadataDomains": ["hop.example"], "serverVariables": ["SHOP"]}, 2),
    ):
        findings = configured({"rules": rules}).analyze_each([resource(with_variable)])
        assert [finding.rule for finding in findings if finding.rule == "P22"] == ["P22"] * found, rules
