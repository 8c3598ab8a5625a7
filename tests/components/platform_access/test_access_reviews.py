"""What the API server itself says each role may do, against the tables: every resource, every verb, every scope."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from kubernetes.client import ApiClient

from tests.components.platform_access.access_table import (
    ESCALATIONS,
    IN_CLUSTER,
    IN_NAMESPACE,
    PATHS,
    VERBS,
    expectations,
)
from tests.components.platform_access.people import ROLES, People, people
from tests.inferencectl.rest import Rest

WORKERS = 4


@pytest.fixture(scope="module")
def crowd(api_client: ApiClient) -> Iterator[People]:
    with people(api_client) as found:
        yield found


@pytest.fixture(scope="module")
def served(api_client: ApiClient) -> Mapping[bool, frozenset[str]]:
    """Every resource of the API server, by whether it lives in a namespace."""
    rest = Rest(api_client)
    groups = rest.get("/apis")["groups"]
    roots = ["/api/v1", *(f"/apis/{version['groupVersion']}" for group in groups for version in group["versions"])]
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for root in roots:
        answer = rest.get(root)
        group = answer["groupVersion"].rpartition("/")[0]
        for resource in answer["resources"]:
            name, slash, subresource = resource["name"].partition("/")
            found[resource["namespaced"]].add(f"{name}.{group}".rstrip(".") + slash + subresource)
    return {namespaced: frozenset(names) for namespaced, names in found.items()}


def letters(crowd: People, role: str, resources: Collection[str], namespace: str) -> dict[str, str]:
    """What ``role`` may do with each of the resources, where it is anything."""

    def of(resource: str) -> str:
        return "".join(letter for letter, verb in VERBS.items() if crowd.may(role, verb, resource, namespace))

    with ThreadPoolExecutor(WORKERS) as pool:
        return {
            resource: granted for resource, granted in zip(resources, pool.map(of, resources), strict=True) if granted
        }


def granted(expected: Mapping[str, str]) -> dict[str, str]:
    return {resource: verbs for resource, verbs in expected.items() if verbs}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_in_its_namespace_what_the_table_says(
    crowd: People, served: Mapping[bool, frozenset[str]], role: str
) -> None:
    expected = expectations(IN_NAMESPACE)[role]
    assert letters(crowd, role, sorted(served[True] | expected.keys()), crowd.namespace) == granted(expected)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_in_the_cluster_what_the_table_says(
    crowd: People, served: Mapping[bool, frozenset[str]], role: str
) -> None:
    expected = expectations(IN_CLUSTER)[role]
    assert letters(crowd, role, sorted(served[False] | expected.keys()), "") == granted(expected)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("namespace", ["default", "kube-system", ""])
def test_a_role_ends_at_its_namespace(crowd: People, role: str, namespace: str) -> None:
    """ "" is all namespaces at once; what the cluster's table grants is granted in every one."""
    everywhere = expectations(IN_CLUSTER)[role]
    resources = granted(expectations(IN_NAMESPACE)[role]).keys()
    assert letters(crowd, role, resources, namespace) == granted({each: everywhere.get(each, "") for each in resources})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("verb", "resource", "name"), ESCALATIONS)
def test_nobody_becomes_somebody_else(crowd: People, role: str, verb: str, resource: str, name: str) -> None:
    assert not crowd.may(role, verb, resource, crowd.namespace, name)
    assert not crowd.may(role, verb, resource, "", name)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_looks_into_the_api_server(crowd: People, role: str) -> None:
    assert [path for path in PATHS if crowd.may_reach(role, path)] == []
    assert crowd.may_reach(role, "/healthz"), "the question is put wrongly"


def test_the_tables_name_what_exists(served: Mapping[bool, frozenset[str]]) -> None:
    """A misspelt row expects nothing and gets it. Metrics are served where a metrics server is."""
    named = {*expectations(IN_NAMESPACE)["viewer"], *expectations(IN_CLUSTER)["viewer"]}
    assert {row for row in named - served[True] - served[False] if not row.endswith(".metrics.k8s.io")} == set()


@pytest.mark.parametrize("role", ROLES)
def test_one_group_is_the_whole_of_a_role(crowd: People, role: str) -> None:
    """The same user without the group may do nothing."""
    stranger = People(api=crowd.api, namespace="elsewhere")
    assert crowd.may(role, "get", "pods", crowd.namespace)
    assert not stranger.may(role, "get", "pods", crowd.namespace)
