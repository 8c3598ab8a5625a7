"""Admission policies that change together with what they judge."""

from collections.abc import Callable

import pytest

from inferencectl.deployer import Action, Deployer, KubernetesObject
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import config_map, kubernetes_object


def test_what_a_policy_allows_since_this_run_is_not_refused_by_the_policy_before(
    deployer: Deployer, namespace: str, eventually: Callable[[Callable[[], object]], object]
) -> None:
    def objects(allowed: str, value: str) -> list[KubernetesObject]:
        policy = only_value(namespace, allowed)
        bound = binding(namespace, policy)
        return [policy, bound, config_map(namespace, "guarded", policy, bound, value=value)]

    def is_enforced() -> bool:
        try:
            deployer.preview(objects("1", "0"))
        except SandboxError as error:
            return "only the value 1" in error.message
        return False

    deployer.deploy(objects("1", "1"), print)
    eventually(is_enforced)
    outcome = deployer.deploy(objects("2", "2"), print)
    assert [change.action for change in outcome.changes if change.name == "guarded"] == [Action.UPDATE]
    with pytest.raises(SandboxError, match="only the value 2"):
        deployer.deploy(objects("2", "3"), print)


def only_value(namespace: str, value: str) -> KubernetesObject:
    """A policy that allows the config map `guarded` of the namespace one value only."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    mine = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "matchConstraints": {"resourceRules": [{**rule, "resourceNames": ["guarded"]}], "namespaceSelector": mine},
        "validations": [
            {"expression": f"object.data['value'] == '{value}'", "message": f"only the value {value} is allowed"}
        ],
    }
    return _admission("ValidatingAdmissionPolicy", f"{namespace}-value", spec)


def binding(namespace: str, policy: KubernetesObject) -> KubernetesObject:
    spec = {"policyName": policy.key.name, "validationActions": ["Deny"]}
    return _admission("ValidatingAdmissionPolicyBinding", f"{namespace}-value", spec)


def _admission(kind: str, name: str, spec: object) -> KubernetesObject:
    version = "admissionregistration.k8s.io/v1"
    return kubernetes_object({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec})
