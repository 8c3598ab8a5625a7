"""What the parts of a node may do in the cluster: their roles, and no more."""

from pathlib import Path

import pytest
import yaml

from inferencectl.sandbox import pki
from inferencectl.sandbox.node import configuration, node_objects
from inferencectl.sandbox.pki import CLIENTS, KUBELET_CLIENT, NODE_CLIENTS, VOLUMES_CLIENT, VOLUMES_CLIENT_USER
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.real_node import Live


def test_no_part_of_the_node_belongs_to_the_masters() -> None:
    assert not CLIENTS.keys() & NODE_CLIENTS.keys()
    assert "system:masters" not in {group for _, group in NODE_CLIENTS.values()}
    objects = list(yaml.safe_load_all(node_objects.OBJECTS.read_text(encoding="utf-8")))
    roles = {each["roleRef"]["name"] for each in objects if each["kind"].endswith("RoleBinding")}
    roles_of_the_node = {"system:kubelet-api-admin", "sandbox:kube-router", "system:coredns", "sandbox:local-volumes"}
    assert roles == roles_of_the_node
    changed = {
        resource
        for each in objects
        if each["kind"] == "ClusterRole"
        for rule in each["rules"]
        if not set(rule["verbs"]) <= {"get", "list", "watch"}
        for resource in rule["resources"]
    }
    assert changed == {"persistentvolumes"}


def test_private_keys_are_read_by_their_owner_alone(tmp_path: Path) -> None:
    certificates = pki.ensure(tmp_path / "pki")
    files = configuration.files(certificates, "inference.local/pause:1")
    assert {"kubelet.key", "kubelet.kubeconfig", "kube-proxy.kubeconfig", "kube-router.kubeconfig"} <= files.keys()
    assert "certificate-authority-data" in files["kubelet.kubeconfig"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "pki").iterdir()} == {0o600}


@pytest.mark.parametrize("client", [KUBELET_CLIENT, VOLUMES_CLIENT])
def test_certificates_of_an_older_sandbox_are_refused_before_anything_is_stopped(tmp_path: Path, client: str) -> None:
    certificates = pki.ensure(tmp_path / "pki")
    certificates.require_node()
    certificates.key(client).unlink()
    with pytest.raises(SandboxError, match="before it could have a real node") as raised:
        certificates.require_node()
    assert raised.value.exit_code == BAD_INPUT


@pytest.mark.real_node
def test_the_api_server_refuses_what_is_not_in_the_role(live: Live) -> None:
    kubelet, kube_router = (NODE_CLIENTS[name][0] for name in ("kubelet", "kube-router"))
    assert live.may(kube_router, "", "list", "pods")
    assert not live.may(kube_router, "", "list", "secrets")
    assert not live.may(kube_router, "", "delete", "pods")
    assert not live.may(kubelet, "system:nodes", "list", "secrets")
    assert not live.may(kubelet, "system:nodes", "delete", "namespaces")
    assert live.may(VOLUMES_CLIENT_USER, "", "create", "persistentvolumes")
    assert not live.may(VOLUMES_CLIENT_USER, "", "delete", "persistentvolumeclaims")
    assert not live.may(VOLUMES_CLIENT_USER, "", "create", "pods")
