"""An upgrade with the same settings restarts the pods that the changelog names, and takes nothing away."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from kubernetes.client import ApiClient

from inferencectl.changes import Action
from inferencectl.deployer import Deployer, KubernetesObject, plain_objects
from tests.committed_stacks import ROOT, STACKS
from tests.inferencectl.deployer.manifests import kubernetes_object
from tests.upgrade.released import made_now, pod_templates, released, releases

LATEST = releases()[-1]
DEPLOYED = "dev"
COMPONENT = "app.kubernetes.io/component"
RESTARTS = re.compile(r"^### Pods that restart\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


def unreleased() -> str:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return text.partition("## [Unreleased]")[2].partition("\n## [")[0]


def restarts_in(changes: str) -> set[str]:
    """The components whose pods restart with the upgrade, as the changelog says."""
    section = RESTARTS.search(changes)
    return set(re.findall(r"^- `([a-z-]+)`: ", section.group(1), re.MULTILINE)) if section else set()


def changed(stack: str) -> Mapping[str, bool]:
    """Whether the pods of each component of a stack restart with the upgrade."""
    before, after = (dict(pod_templates(each)) for each in (released(LATEST, stack), manifests_now(stack)))
    assert before.keys() == after.keys()
    found: dict[str, bool] = {}
    for name, template in before.items():
        component = template["metadata"]["labels"][COMPONENT]
        found[component] = found.get(component, False) or template != after[name]
    return found


def manifests_now(stack: str) -> list[Mapping[str, object]]:
    return [item.manifest for item in plain_objects(made_now(LATEST, stack))]


def test_pods_restart_where_the_changelog_says_so_and_nowhere_else() -> None:
    restarting = {component for stack in STACKS for component, restarts in changed(stack).items() if restarts}
    assert restarting == restarts_in(unreleased())


def test_the_changelog_names_components_in_one_section() -> None:
    changes = (
        "### Pods that restart\n\nEach once:\n\n- `model-server`: new probes,\n  twice\n- `other`: x\n\n### Fixed\n"
    )
    assert restarts_in(changes) == {"model-server", "other"}
    assert not restarts_in("### Fixed\n\n- `model-server`: no longer restarts\n")


@pytest.fixture
def upgraded(api_client: ApiClient) -> Iterator[Deployer]:
    """A deployer of the released stack, which is gone afterwards."""
    deployer = Deployer(api_client, "released")
    deployer.deploy(released_objects(), print)
    yield deployer
    deployer.destroy(print)


def released_objects() -> list[KubernetesObject]:
    items = [kubernetes_object(each) for each in released(LATEST, DEPLOYED)]
    namespaces = {item.key.name: item.urn for item in items if item.key.group_kind == "Namespace"}
    return [
        replace(item, dependencies=(namespaces[item.key.namespace],)) if item.key.namespace in namespaces else item
        for item in items
    ]


def test_an_upgrade_replaces_nothing_and_takes_nothing_away(upgraded: Deployer) -> None:
    plan = upgraded.preview(plain_objects(made_now(LATEST, DEPLOYED)))
    gone = [str(each) for each in plan.changes if each.action in {Action.DELETE, Action.REPLACE}]
    # Jobs are immutable: what an import does is part of its name, and a finished one serves nobody.
    assert [each for each in gone if not each.startswith("delete Job ")] == []
    assert any(each.action is Action.UPDATE for each in plan.changes)
