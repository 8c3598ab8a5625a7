"""A change that would lose data is refused before anything is written, and what is to stay stays."""

from dataclasses import replace

import pytest

from inferencectl.deployer import Action, Deployer, KubernetesObject
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import claim, config_map
from tests.inferencectl.rest import NAMESPACES, Rest, config_maps


def retained(item: KubernetesObject) -> KubernetesObject:
    return replace(item, retain=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"storage_class": "second"}, r"spec.storageClassName \(volume.storageClass of the model\) is first and would"),
        ({"size": "1Mi"}, r"requests.storage \(volume.capacity of the model\) is 1Gi and would become 1Mi"),
    ],
    ids=["class", "smaller"],
)
def test_a_refused_change_of_a_volume_names_the_setting_and_leaves_everything_as_it_is(
    deployer: Deployer, rest: Rest, namespace: str, change: dict[str, str], reason: str
) -> None:
    before = claim(namespace, "data", storage_class="first")
    deployer.deploy([config_map(namespace, "other"), before], print)
    # The config map comes first, and would be written before the claim is reached.
    other = config_map(namespace, "other", value="2")
    changed = claim(namespace, "data", **{"storage_class": "first", **change})
    after = replace(changed, dependencies=(other.urn,))
    for attempt in (lambda: deployer.preview([other, after]), lambda: deployer.deploy([other, after], print)):
        with pytest.raises(SandboxError, match=reason) as caught:
            attempt()
        assert "deploy the model without volume first" in caught.value.remedy
    assert rest.get(f"{config_maps(namespace)}/other")["data"] == {"value": "1"}


def test_what_is_to_be_retained_stays_when_it_leaves_the_stack(deployer: Deployer, rest: Rest, namespace: str) -> None:
    kept, deleted = retained(config_map(namespace, "kept")), config_map(namespace, "deleted")
    deployer.deploy([kept, deleted], print)
    said: list[str] = []
    expected = {"kept": Action.RELEASE, "deleted": Action.DELETE}
    assert {change.name: change.action for change in deployer.preview([]).changes} == expected
    outcome = deployer.deploy([], said.append)
    assert {change.name: change.action for change in outcome.changes} == expected
    assert f"release ConfigMap {namespace}/kept" in said
    assert set(rest.items(config_maps(namespace))) == {"kept"}
    # It is no longer the stack's: the next run leaves it alone, and does not take it over unasked.
    assert not deployer.deploy([], print).changes
    with pytest.raises(SandboxError, match="already exists") as caught:
        deployer.deploy([kept], print)
    assert "released" in caught.value.remedy


def test_the_deletion_of_a_stack_leaves_what_is_to_be_retained(deployer: Deployer, rest: Rest, namespace: str) -> None:
    volume = retained(claim(namespace, "data", storage_class="none"))
    deployer.deploy([volume, config_map(namespace, "other")], print)
    deployer.destroy(print)
    assert set(rest.items(f"{NAMESPACES}/{namespace}/persistentvolumeclaims")) == {"data"}
    assert not rest.items(config_maps(namespace))


def test_what_is_to_be_retained_is_not_replaced(deployer: Deployer, namespace: str) -> None:
    deployer.deploy([retained(config_map(namespace, "data", immutable=True))], print)
    changed = retained(config_map(namespace, "data", value="2", immutable=True))
    with pytest.raises(SandboxError, match=r"but it is to be retained: data\.value is 1 and would become 2"):
        deployer.deploy([changed], print)
