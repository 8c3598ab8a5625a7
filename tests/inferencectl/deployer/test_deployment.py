"""The deployer against the real control plane: what it creates, keeps, deletes, replaces and refuses."""

import random
import uuid
from collections.abc import Callable, Iterator

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Action, Deployer, KubernetesObject, Outcome
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import (
    claim,
    config_map,
    custom_resource,
    definition,
    deployment,
    job,
    kubernetes_object,
    namespace_object,
)
from tests.inferencectl.rest import INVENTORIES, NAMESPACES, Rest, config_maps, jobs


@pytest.fixture
def own_namespace(rest: Rest) -> Iterator[KubernetesObject]:
    """A namespace that the deployer makes and that need not exist."""
    item = namespace_object(f"own-{uuid.uuid4().hex[:8]}")
    yield item
    if item.key.name in rest.items(NAMESPACES):
        rest.delete(f"{NAMESPACES}/{item.key.name}")


def deploy(deployer: Deployer, *objects: KubernetesObject) -> Outcome:
    return deployer.deploy(objects, print)


def actions(outcome: Outcome) -> dict[str, Action]:
    return {change.name: change.action for change in outcome.changes}


def names(rest: Rest, namespace: str) -> set[str]:
    return set(rest.items(config_maps(namespace)))


def versions(rest: Rest, namespace: str) -> dict[str, str]:
    """The versions of all config maps of the namespace, and under the namespace's name that of the inventory."""
    found = {**rest.items(config_maps(namespace)), namespace: rest.get(f"{INVENTORIES}/{namespace}")}
    return {name: item["metadata"]["resourceVersion"] for name, item in found.items()}


def test_a_second_run_changes_nothing_and_says_so(deployer: Deployer, rest: Rest, namespace: str) -> None:
    objects = [config_map(namespace, "a"), deployment(namespace, "web", replicas=2)]
    assert set(actions(deploy(deployer, *objects)).values()) == {Action.CREATE}
    before, lines = versions(rest, namespace), []
    outcome = deployer.deploy(objects, lines.append)
    assert outcome.counts == {Action.UNCHANGED: 2}
    assert not outcome.changed
    assert not lines
    assert versions(rest, namespace) == before


def test_a_change_updates_only_its_object(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deploy(deployer, config_map(namespace, "a"), config_map(namespace, "b"))
    before = versions(rest, namespace)
    outcome = deploy(deployer, config_map(namespace, "a", value="2"), config_map(namespace, "b"))
    assert actions(outcome) == {"a": Action.UPDATE, "b": Action.UNCHANGED}
    assert not outcome.drifted
    after = versions(rest, namespace)
    assert {name for name in before if before[name] != after[name]} == {"a", namespace}


def test_a_field_that_leaves_the_program_leaves_the_object(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deploy(deployer, config_map(namespace, "a", data={"kept": "1", "dropped": "1"}))
    deploy(deployer, config_map(namespace, "a", data={"kept": "1"}))
    assert rest.get(f"{config_maps(namespace)}/a")["data"] == {"kept": "1"}


def test_removal_prunes_exactly_the_removed_objects(deployer: Deployer, rest: Rest, namespace: str) -> None:
    rest.post(config_maps(namespace), {"metadata": {"name": "somebody-elses"}})
    deploy(deployer, *(config_map(namespace, name) for name in "abc"))
    outcome = deploy(deployer, config_map(namespace, "b"))
    assert actions(outcome) == {"a": Action.DELETE, "b": Action.UNCHANGED, "c": Action.DELETE}
    assert names(rest, namespace) == {"b", "somebody-elses"}


def test_drift_is_put_back_and_named(deployer: Deployer, rest: Rest, namespace: str) -> None:
    objects = [config_map(namespace, name) for name in "abc"]
    deploy(deployer, *objects)
    rest.merge(f"{config_maps(namespace)}/a", {"data": {"value": "drifted"}})
    rest.delete(f"{config_maps(namespace)}/b")
    outcome = deploy(deployer, *objects)
    assert {change.name: change.action for change in outcome.drifted} == {"a": Action.UPDATE, "b": Action.CREATE}
    assert [change.path for change in outcome.drifted[0].fields] == ["data.value"]
    assert rest.get(f"{config_maps(namespace)}/a")["data"] == {"value": "1"}
    assert names(rest, namespace) == {"a", "b", "c"}


def test_what_a_deployment_changed_that_failed_is_not_called_drift(
    deployer: Deployer, rest: Rest, namespace: str
) -> None:
    before = [config_map(namespace, "a"), config_map(namespace, "b")]
    deploy(deployer, *before)

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deployer.deploy([config_map(namespace, "a", value="2"), before[1]], interrupted)
    assert rest.get(f"{config_maps(namespace)}/a")["data"] == {"value": "2"}
    rest.delete(f"{config_maps(namespace)}/b")
    outcome = deploy(deployer, *before)
    assert actions(outcome) == {"a": Action.UPDATE, "b": Action.CREATE}
    assert [change.name for change in outcome.drifted] == ["b"]


def test_objects_come_after_what_they_depend_on(deployer: Deployer, rest: Rest, namespace: str) -> None:
    chain = [config_map(namespace, "m0")]
    for number in range(1, 12):
        chain.append(config_map(namespace, f"m{number}", chain[-1]))
    shuffled = random.Random(1).sample(chain, len(chain))  # noqa: S311 - an order, not a secret
    deploy(deployer, *shuffled)
    made = versions(rest, namespace)
    order = sorted((item.key.name for item in chain), key=lambda name: int(made[name]))
    assert order == [item.key.name for item in chain]


def test_a_workload_waits_for_the_job_it_depends_on(deployer: Deployer, rest: Rest, namespace: str) -> None:
    load = job(namespace, "import")
    deploy(deployer, deployment(namespace, "web", load), load)
    finished = rest.get(f"{jobs(namespace)}/import")
    (revision,) = rest.items(f"/apis/apps/v1/namespaces/{namespace}/replicasets").values()
    assert finished["status"]["succeeded"] == 1
    assert finished["status"]["completionTime"] <= revision["metadata"]["creationTimestamp"]
    assert int(finished["metadata"]["resourceVersion"]) < int(revision["metadata"]["resourceVersion"])


def test_a_job_that_changed_is_replaced(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deploy(deployer, job(namespace, "import"))
    first = rest.get(f"{jobs(namespace)}/import")
    outcome = deploy(deployer, job(namespace, "import", image="registry.example/fetch:2"))
    assert actions(outcome) == {"import": Action.REPLACE}
    second = rest.get(f"{jobs(namespace)}/import")
    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    assert second["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/fetch:2"


def claim_of_class(namespace: str, storage_class: str) -> KubernetesObject:
    return claim(namespace, "data", storage_class=storage_class)


def protected_value(namespace: str, value: str) -> KubernetesObject:
    return config_map(namespace, "data", value=value, immutable=True, protect=True)


@pytest.mark.parametrize(
    ("make", "path"),
    [(claim_of_class, "persistentvolumeclaims/data"), (protected_value, "configmaps/data")],
    ids=["claim", "protected"],
)
def test_what_holds_data_or_is_protected_is_never_replaced(
    deployer: Deployer, rest: Rest, namespace: str, make: Callable[[str, str], KubernetesObject], path: str
) -> None:
    deploy(deployer, make(namespace, "first"))
    before = rest.get(f"{NAMESPACES}/{namespace}/{path}")
    after = make(namespace, "second")
    for attempt in (lambda: deploy(deployer, after), lambda: deployer.preview([after])):
        with pytest.raises(SandboxError, match="needs a replacement, but") as caught:
            attempt()
        assert caught.value.remedy.startswith("undo the change")
    assert rest.get(f"{NAMESPACES}/{namespace}/{path}")["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_protected_object_is_not_deleted_until_it_is_released(deployer: Deployer, rest: Rest, namespace: str) -> None:
    kept, other = config_map(namespace, "kept", protect=True), config_map(namespace, "other")
    deploy(deployer, kept, other)
    for attempt in (lambda: deploy(deployer), lambda: deployer.destroy(print), lambda: deployer.preview([])):
        with pytest.raises(SandboxError, match=r"ConfigMap .*/kept would be deleted, but is protected"):
            attempt()
    assert names(rest, namespace) == {"kept", "other"}
    deploy(deployer, config_map(namespace, "kept"), other)
    deploy(deployer, other)
    assert names(rest, namespace) == {"other"}


def test_an_object_of_another_owner_is_refused_before_anything_is_written(
    deployer: Deployer, rest: Rest, namespace: str
) -> None:
    rest.post(config_maps(namespace), {"metadata": {"name": "taken"}, "data": {"value": "theirs"}})
    with pytest.raises(SandboxError, match=f"ConfigMap {namespace}/taken already exists and belongs to another owner"):
        deploy(deployer, config_map(namespace, "taken"), config_map(namespace, "new"))
    assert names(rest, namespace) == {"taken"}
    assert rest.get(f"{config_maps(namespace)}/taken")["data"] == {"value": "theirs"}


def test_an_object_of_another_stack_is_refused_naming_the_stack(
    deployer: Deployer, api_client: ApiClient, namespace: str
) -> None:
    deploy(deployer, config_map(namespace, "taken"))
    with pytest.raises(SandboxError, match=f"belongs to the stack {namespace}"):
        deploy(Deployer(api_client, f"{namespace}-other"), config_map(namespace, "taken"))


def test_a_definition_its_namespace_and_its_resources_come_in_one_go(
    deployer: Deployer, rest: Rest, own_namespace: KubernetesObject
) -> None:
    group, name = f"{uuid.uuid4().hex[:8]}.example.com", own_namespace.key.name
    kind = definition(group)
    model = custom_resource(group, name, "mnist", own_namespace, kind)
    assert {change.action for change in deployer.preview([model, own_namespace, kind]).changes} == {Action.CREATE}
    deploy(deployer, model, own_namespace, kind)
    assert rest.get(f"/apis/{group}/v1/namespaces/{name}/models/mnist")["spec"] == {"size": 1}
    assert deploy(deployer, model, own_namespace, kind).counts == {Action.UNCHANGED: 3}
    deleted = [change.kind for change in deployer.destroy(print).changes]
    assert deleted[0] == "Model"
    assert set(deleted[1:]) == {"CustomResourceDefinition", "Namespace"}
    assert own_namespace.key.name not in rest.items(NAMESPACES)


def test_destroy_leaves_nothing_and_a_later_run_starts_over(deployer: Deployer, rest: Rest, namespace: str) -> None:
    objects = [config_map(namespace, "a"), config_map(namespace, "b")]
    deploy(deployer, *objects)
    assert deployer.destroy(print).counts == {Action.DELETE: 2}
    assert names(rest, namespace) == set()
    assert deployer.destroy(print).changes == ()
    assert deploy(deployer, *objects).counts == {Action.CREATE: 2}


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"apiVersion": "example.com/v1", "kind": "Modell"}, r"does not know Modell \(example.com/v1\)"),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, "no metadata.namespace"),
    ],
)
def test_what_the_cluster_cannot_take_is_refused_before_anything_is_written(
    deployer: Deployer, rest: Rest, namespace: str, manifest: dict[str, str], words: str
) -> None:
    wrong = kubernetes_object({**manifest, "metadata": {"name": "wrong"}})
    with pytest.raises(SandboxError, match=words) as caught:
        deploy(deployer, config_map(namespace, "a"), wrong)
    assert caught.value.exit_code == 2
    assert names(rest, namespace) == set()


def test_a_misspelt_field_is_one_error_at_once(deployer: Deployer, namespace: str) -> None:
    with pytest.raises(SandboxError, match=r"\.dat: field not declared in schema") as caught:
        deploy(deployer, config_map(namespace, "a", dat={}))
    assert "correct the field" in caught.value.remedy
