"""Roles and bindings as objects; what they allow is asked of the API server in tests/inferencectl."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from components import PlatformAccess, PlatformAccessArgs
from inferencectl.program.recording import Resource, record
from settings import Access

ROLES = ("access-viewer", "access-model-deployer", "access-platform-operator", "access-auditor")


def made(access: Access, namespace: str = "models") -> list[Resource]:
    def program() -> None:
        PlatformAccess("access", PlatformAccessArgs(namespace=namespace, access=access))

    recording = record(program, project="inference", stack="test")
    return [resource for resource in recording.resources if resource.custom]


def of_kind(resources: list[Resource], kind: str) -> dict[str, Mapping[str, Any]]:
    return {each.inputs["metadata"]["name"]: each.inputs for each in resources if each.inputs["kind"] == kind}


def test_without_groups_there_are_roles_and_nobody_has_them() -> None:
    resources = made(Access())
    assert of_kind(resources, "Role").keys() == {*ROLES}
    assert not {each.inputs["kind"] for each in resources} & {"RoleBinding", "ClusterRoleBinding"}


def test_a_role_is_bound_to_its_groups_and_no_others() -> None:
    resources = made(Access(viewers=("a", "b"), auditors=("b",)))
    for bindings, role_kind, names in (
        (of_kind(resources, "RoleBinding"), "Role", {"access-viewer": ["a", "b"], "access-auditor": ["b"]}),
        (of_kind(resources, "ClusterRoleBinding"), "ClusterRole", {"models-access-auditor": ["b"]}),
    ):
        assert bindings.keys() == names.keys()
        for name, groups in names.items():
            assert (bindings[name]["roleRef"]["kind"], bindings[name]["roleRef"]["name"]) == (role_kind, name)
            subjects = bindings[name]["subjects"]
            assert [(subject["kind"], subject["name"]) for subject in subjects] == [("Group", each) for each in groups]


def test_two_stacks_share_a_cluster() -> None:
    both = [*made(Access(operators=("a",))), *made(Access(operators=("a",)), "others")]
    keys = [
        (each.inputs["kind"], each.inputs["metadata"].get("namespace"), each.inputs["metadata"]["name"])
        for each in both
    ]
    assert max(Counter(keys).values()) == 1


def test_only_deployers_start_pods_and_the_role_says_why() -> None:
    roles = of_kind(made(Access()), "Role")
    creating = {
        name
        for name, role in roles.items()
        if any("create" in rule["verbs"] and rule["apiGroups"][0] in ("apps", "batch") for rule in role["rules"])
    }
    explained = {name for name, role in roles.items() if role["metadata"].get("annotations")}
    assert creating == explained == {"access-model-deployer"}
