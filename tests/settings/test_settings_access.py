"""Groups and their roles: what is accepted, and what is refused in which words."""

import pytest

from settings import Access, load
from tests.settings.settings_stack import DELETED, edited, problems

FORM = "expected the name of a group, 1 to 256 printable characters without surrounding spaces"
OWN = "expected a group of people; groups that begin with 'system:' are Kubernetes' own"

CASES = {
    "empty": ("viewers", [""], f'.access.viewers[0]: ""; {FORM}'),
    "space": ("viewers", ["  "], f'.access.viewers[0]: "  "; {FORM}'),
    "space around": ("deployers", ["ml "], f".access.deployers[0]: \"ml \"; {FORM}; did you mean 'ml'?"),
    "line break": ("auditors", ["a\nb"], f'.access.auditors[0]: "a\\nb"; {FORM}'),
    "invisible": ("auditors", ["a\u200bb"], f'.access.auditors[0]: "a\\u200bb"; {FORM}'),
    "masters": ("operators", ["ml", "system:masters"], f'.access.operators[1]: "system:masters"; {OWN}'),
    "everybody": ("viewers", ["system:authenticated"], f'.access.viewers[0]: "system:authenticated"; {OWN}'),
    "twice": ("viewers", ["a", "b", "a"], ".access.viewers: 'a', 2 times; expected each group once"),
    "no list": ("viewers", "ml", '.access.viewers: "ml"; expected a list'),
    "number": ("viewers", [7], ".access.viewers[0]: 7; expected text; write it in quotes"),
    "near": ("viewer", ["ml"], ".access.viewer: unknown key; did you mean 'viewers'?"),
}


@pytest.mark.parametrize(("role", "groups", "line"), CASES.values(), ids=CASES)
def test_a_list_of_groups_that_is_wrong(role: str, groups: object, line: str) -> None:
    assert problems({"access": {role: groups}}) == [line]


def test_a_name_that_is_too_long() -> None:
    (line,) = problems({"access": {"viewers": ["g" * 257]}})
    assert line.endswith(FORM)


@pytest.mark.parametrize("group", ["ml", "oidc:ML Engineers", "CN=ml,OU=groups", "算法组", "g" * 256, "my-system:all"])
def test_groups_are_named_as_the_cluster_names_them(group: str) -> None:
    assert load("dev", edited({"access": {"viewers": [group]}})).access.viewers == (group,)


def test_a_group_may_have_several_roles_and_a_role_none() -> None:
    platform = load("dev", edited({"access": {"operators": ["ml"], "deployers": ["ml", "other"]}}))
    assert platform.access == Access(operators=("ml",), deployers=("ml", "other"))
    assert load("dev", edited({"access": DELETED})).access == Access()


def test_people_change_models_in_prod_through_the_pipeline_only() -> None:
    assert load("prod", edited({}, "prod")).access.deployers == ()
