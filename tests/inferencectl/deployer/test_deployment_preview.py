"""A preview says what the deployment then does, in the fields that change, and writes nothing."""

import json

from kubernetes.client import ApiClient

from inferencectl.deployer import Action, Deployer, KubernetesObject
from tests.inferencectl.deployer.manifests import config_map, deployment, job, secret, service
from tests.inferencectl.faulty_proxy import client_of, faulty_proxy
from tests.inferencectl.rest import INVENTORIES, NAMESPACES, Rest, deployments, jobs


def first(namespace: str) -> list[KubernetesObject]:
    return [
        config_map(namespace, "same"),
        config_map(namespace, "gone"),
        deployment(namespace, "web", replicas=2),
        job(namespace, "import"),
        secret(namespace, "password", "b2xk"),
        service(namespace, "web", clusterIP="None"),
    ]


def second(namespace: str) -> list[KubernetesObject]:
    return [
        config_map(namespace, "same"),
        config_map(namespace, "new"),
        deployment(namespace, "web", replicas=3),
        job(namespace, "import", image="registry.example/fetch:2"),
        secret(namespace, "password", "bmV3"),
        service(namespace, "web", clusterIP="None"),
    ]


def resource_versions(api_client: ApiClient, namespace: str) -> dict[str, str]:
    rest, core = Rest(api_client), f"{NAMESPACES}/{namespace}"
    lists = [f"{core}/configmaps", f"{core}/secrets", f"{core}/services", deployments(namespace), jobs(namespace)]
    found = [item for path in [*lists, INVENTORIES] for item in rest.items(path).values()]
    return {item["metadata"]["uid"]: item["metadata"]["resourceVersion"] for item in found}


def test_a_preview_equals_what_the_deployment_does_and_writes_nothing(
    deployer: Deployer, api_client: ApiClient, namespace: str
) -> None:
    deployer.deploy(first(namespace), print)
    before = resource_versions(api_client, namespace)
    plan = deployer.preview(second(namespace))
    assert resource_versions(api_client, namespace) == before
    assert {(change.kind, change.name): change.action for change in plan.changes} == {
        ("ConfigMap", "same"): Action.UNCHANGED,
        ("ConfigMap", "new"): Action.CREATE,
        ("Deployment", "web"): Action.UPDATE,
        ("Job", "import"): Action.REPLACE,
        ("Secret", "password"): Action.UPDATE,
        ("Service", "web"): Action.UNCHANGED,
        ("ConfigMap", "gone"): Action.DELETE,
    }
    assert deployer.deploy(second(namespace), print).changes == plan.changes
    assert not deployer.preview(second(namespace)).changed


def test_a_preview_of_a_first_deployment_sends_only_reads_and_dry_runs(api_client: ApiClient, namespace: str) -> None:
    with faulty_proxy(api_client) as proxy:
        plan = Deployer(client_of(proxy.url), namespace).preview(first(namespace))
    assert plan.counts == {Action.CREATE: 6}
    assert [line for line in proxy.requests if not line.startswith("GET ") and "dryRun=All" not in line] == []


def test_a_preview_of_one_field_shows_just_that_field(deployer: Deployer, namespace: str) -> None:
    deployer.deploy([deployment(namespace, "web", replicas=2), config_map(namespace, "a")], print)
    plan = deployer.preview([deployment(namespace, "web", replicas=3), config_map(namespace, "a")])
    (change,) = plan.changed
    assert [(field.path, field.before, field.after) for field in change.fields] == [("spec.replicas", 2, 3)]


def test_a_replacement_shows_its_fields(deployer: Deployer, namespace: str) -> None:
    deployer.deploy([job(namespace, "import")], print)
    (change,) = deployer.preview([job(namespace, "import", image="registry.example/fetch:2")]).changes
    assert [(field.path, field.after) for field in change.fields] == [
        ("spec.template.spec.containers[server].image", "registry.example/fetch:2")
    ]


def test_secret_values_are_in_no_preview(deployer: Deployer, namespace: str) -> None:
    deployer.deploy(first(namespace), print)
    plan = deployer.preview(second(namespace))
    shown = json.dumps([repr(change) for change in plan.changes])
    assert "data.key" in shown
    assert "[secret]" in shown
    assert "b2xk" not in shown
    assert "bmV3" not in shown
