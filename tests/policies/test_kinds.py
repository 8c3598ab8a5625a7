"""Kinds read from type tokens, and which of them have a namespace."""

import inspect
import re

import pytest
from kubernetes import client

from inferencectl.policy_check.analyzer import Analyzer
from kinds import BUILT_IN_CLUSTER_SCOPED, Kind, is_cluster_scoped, kind_of
from tests.policies.manifests import resource


def created_outside_namespaces() -> set[str]:
    """The kinds, in lower case, that the client generated from the API's description creates without a namespace."""
    apis = [api for name, api in inspect.getmembers(client, inspect.isclass) if name.endswith("Api")]
    methods = {method for api in apis if api is not client.CustomObjectsApi for method in dir(api)}
    created = {method.removeprefix("create_") for method in methods if re.match(r"create_(?!namespaced_)", method)}
    return {kind.replace("_", "") for kind in created if not kind.endswith("_with_http_info")}


def test_cluster_scoped_kinds_are_those_of_the_kubernetes_api() -> None:
    assert {kind.partition("/")[2].lower() for kind in BUILT_IN_CLUSTER_SCOPED} == created_outside_namespaces()


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("kubernetes:core/v1:Pod", Kind("core", "Pod")),
        ("kubernetes:apps/v1:DeploymentPatch", Kind("apps", "Deployment")),
        ("kubernetes:argoproj.io/v1alpha1:Rollout", Kind("argoproj.io", "Rollout")),
        ("kubernetes:helm.sh/v3:Release", Kind("helm.sh", "Release")),
        ("kubernetes:helm.sh/v4:Chart", None),
        ("kubernetes:yaml/v2:ConfigGroup", None),
        ("pulumi:providers:kubernetes", None),
        ("inference:index:ModelService", None),
        ("", None),
        ("kubernetes::", Kind("", "")),
    ],
)
def test_a_kind_is_read_from_its_token(token: str, kind: Kind | None) -> None:
    assert kind_of(token) == kind


def test_a_custom_kind_has_a_namespace_unless_it_is_known_to_have_none() -> None:
    assert is_cluster_scoped(Kind("karpenter.sh", "NodePool"))
    assert not is_cluster_scoped(Kind("cluster.x-k8s.io", "Cluster"))


@pytest.mark.parametrize(
    ("manifest", "rules"),
    [
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}}, {"P18"}),
        ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mnist"}}, {"P19"}),
        ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mnist", "namespace": "models"}}, set()),
        ({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": None}, {"P19"}),
        (
            {"apiVersion": "v1", "kind": "ServiceList", "items": [{"metadata": {"namespace": "default"}}]},
            {"P19"},
        ),
    ],
)
def test_what_needs_a_namespace_must_have_one(strict: Analyzer, manifest: dict[str, object], rules: set[str]) -> None:
    assert {finding.rule for finding in strict.analyze_each([resource(manifest)])} == rules
