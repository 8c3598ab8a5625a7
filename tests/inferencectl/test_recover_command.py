"""The command that recovers a stack after a killed Pulumi, with a stand-in for the executable."""

import json
import os
from pathlib import Path

import pytest

from inferencectl.sandbox.control_plane import Cluster
from inferencectl.workspace.errors import BAD_INPUT
from tests.inferencectl.checkout import Checkout, Finished, tiny
from tests.inferencectl.deployer.manifests import config_map
from tests.inferencectl.pulumi.stand_in import MODEL, StandIn
from tests.inferencectl.rest import Rest, config_maps

STACK = "mine"


@pytest.fixture
def checkout(tmp_path: Path, pulumi: StandIn, control_plane: Cluster) -> Checkout:
    """A checkout with a stack in a cluster of its user's own."""
    for name in ("home", "checkout"):
        (tmp_path / name).mkdir()
    user = {"PATH": os.environ["PATH"], "KUBECONFIG": str(control_plane.kubeconfig), "HOME": str(tmp_path / "home")}
    made = Checkout.copied_to(tmp_path / "checkout", {**user, "PULUMI_CONFIG_PASSPHRASE": "of the user"})
    made.write(STACK, {**tiny(), "cluster": {"context": "sandbox"}})
    return made


def recovered(checkout: Checkout, *options: str) -> Finished:
    return checkout.run("recover", "--stack", STACK, *options)


def test_what_was_created_is_adopted_in_the_users_own_backend(
    checkout: Checkout, pulumi: StandIn, namespace: str, rest: Rest
) -> None:
    begun = config_map(namespace, "begun").manifest
    rest.post(f"{config_maps(namespace)}?fieldManager=pulumi-kubernetes-1a2b", begun)
    pending = [{"type": "creating", "resource": {"urn": MODEL, "inputs": begun}}]
    state = {"version": 3, "deployment": {"resources": [], "pending_operations": pending}}
    pulumi.answer(stack_export={"stdout": json.dumps(state)}, cancel={"code": 255})
    done = recovered(checkout, "--backend", "current", "--yes")
    assert done.code == 0, done.err
    assert done.out == f"recovered; go on with: pulumi up --stack {STACK}\n"
    assert [resource["id"] for resource in pulumi.imported["deployment"]["resources"]] == [f"{namespace}/begun"]
    assert pulumi.operations == ["cancel", "refresh"]
    assert {call["folder"] for call in pulumi.calls if call["arguments"] != ["version"]} == {str(checkout.root)}
    assert all(call["environment"]["PULUMI_CONFIG_PASSPHRASE"] == "of the user" for call in pulumi.calls)
    assert all("--stack" in call["arguments"] for call in pulumi.calls if call["arguments"] != ["version"])


def test_the_lock_is_not_released_without_a_word(checkout: Checkout, pulumi: StandIn) -> None:
    done = recovered(checkout, "--backend", "current")
    assert done.code == 1
    assert f"Release the lock of {STACK}?" in done.out
    assert not pulumi.was_called


def test_a_context_that_does_not_exist_is_refused_first(checkout: Checkout, pulumi: StandIn) -> None:
    checkout.write(STACK, {**tiny(), "cluster": {"context": "elsewhere"}})
    done = recovered(checkout, "--backend", "current", "--yes")
    assert done.code == BAD_INPUT
    assert f'Pulumi.{STACK}.yaml: inference:platform.cluster.context: "elsewhere"; expected a context of' in done.err
    assert done.is_plain
    assert not pulumi.was_called


def test_a_sandbox_that_pulumi_has_not_deployed_needs_none(checkout: Checkout, pulumi: StandIn) -> None:
    done = recovered(checkout)
    assert done.code == BAD_INPUT
    assert "BACKEND=current" in done.err
    assert not pulumi.was_called
    assert not (checkout.sandboxes / "stacks" / STACK / "pulumi").exists()
