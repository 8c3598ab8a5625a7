"""What istiod may do in the live stack, beside what Istio's own charts grant it; `istioctl` has the charts in it."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from inferencectl.sandbox.live import istiod_access, sidecar_injection

GATEWAYS = "gateway"
KIND = "mutatingwebhookconfigurations"
Permission = tuple[str, str, str]


@pytest.fixture(scope="module")
def charts(istioctl: Path, tmp_path_factory: pytest.TempPathFactory) -> set[Permission]:
    """The permissions in the roles of istiod and of what deploys gateways for it."""
    command = [istioctl, "manifest", "generate", "--set", "profile=minimal"]
    directory = tmp_path_factory.mktemp("istioctl")
    done = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True)
    roles = [each for each in yaml.safe_load_all(done.stdout) if each and each["kind"] in ("ClusterRole", "Role")]
    return set(permissions(each for each in roles if each["metadata"]["name"].startswith("istiod")))


def permissions(roles: Iterable[Mapping[str, Any]]) -> Iterator[Permission]:
    for role in roles:
        for rule in role["rules"]:
            for group in rule["apiGroups"]:
                yield from ((group, resource, verb) for resource in rule["resources"] for verb in rule["verbs"])


def ours() -> list[Mapping[str, Any]]:
    manifests = istiod_access.manifests("istiod", "istio-system", GATEWAYS, sidecar_injection.NAME)
    return [each for each in manifests if each["kind"] in ("ClusterRole", "Role")]


def test_it_may_do_nothing_that_its_charts_do_not_grant(charts: set[Permission]) -> None:
    assert not set(permissions(ours())) - charts


def test_it_deploys_in_the_namespace_of_the_gateways_alone() -> None:
    everywhere = [each for each in ours() if each["kind"] == "ClusterRole"]
    written = {(group, kind) for group, kind, verb in permissions(everywhere) if verb == "create"}
    assert written == {
        ("", "configmaps"),
        ("authentication.k8s.io", "tokenreviews"),
        ("authorization.k8s.io", "subjectaccessreviews"),
        ("gateway.networking.k8s.io", "gatewayclasses"),
    }
    (deployed,) = (each for each in ours() if each["metadata"].get("namespace") == GATEWAYS)
    assert ("apps", "deployments", "create") in set(permissions([deployed]))


def test_it_changes_its_own_webhook_alone() -> None:
    rules = [
        rule for role in ours() for rule in role["rules"] if KIND in rule["resources"] and "patch" in rule["verbs"]
    ]
    assert [rule["resourceNames"] for rule in rules] == [[sidecar_injection.NAME]]


def test_without_gateway_and_mesh_it_deploys_and_changes_nothing() -> None:
    manifests = istiod_access.manifests("istiod", "istio-system", None)
    roles = [each for each in manifests if each["kind"] in ("ClusterRole", "Role")]
    granted = set(permissions(roles))
    assert not {("apps", "deployments", "create"), ("admissionregistration.k8s.io", KIND, "patch")} & granted
