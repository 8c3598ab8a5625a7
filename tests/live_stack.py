"""The live stack in a copy of the checkout, as `make up STACK=live` makes it: one for the whole run, in one worker."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inferencectl.live_stack import EXAMPLE_REQUEST, NAMESPACE
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.nodes import Nodes
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.stack_nodes import LIVE
from tests.inferencectl.checkout import ROOT, Checkout, Finished, removed
from tests.runtimes.processes import asked

FIRST_UP_SECONDS = 1200
"""Longer than the first start takes with nothing in the caches: images are made and a model is trained."""
PARTS = ("uv.lock", "pyproject.toml", "verification", "model_images", "scripts")


@dataclass(frozen=True, kw_only=True)
class LiveCheckout:
    """A copy of the checkout whose stack `live` is up; `first` is what the first `up` left."""

    checkout: Checkout
    first: Finished
    kubectl: Kubectl

    def run(self, command: str, *arguments: str) -> Finished:
        """Run a command on the stack."""
        return self.checkout.run(command, "--stack", LIVE, *arguments, limit_seconds=FIRST_UP_SECONDS)

    def address(self, port: str) -> str:
        """Where the port of a Service, such as `digits:http`, is on this machine."""
        return json.loads(self.run("status", "--json").out)["access"]["localAddresses"][port]

    def predicted(self) -> Any:
        """The answer to the example request, over REST."""
        url = f"http://{self.address('digits:http')}/v2/models/digits/infer"
        status, text = asked(url, json.loads(EXAMPLE_REQUEST.read_text(encoding="utf-8")))
        assert status == 200, text
        return json.loads(text)

    def get(self, *what: str) -> Any:
        """Objects in the stack's namespace."""
        return json.loads(self.kubectl.run(f"--namespace={NAMESPACE}", "get", *what, "--output=json"))


def live_checkout(root: Path, training_python: Path, variables: Mapping[str, str] | None = None) -> Checkout:
    """A copy of the checkout that can make the live stack."""
    checkout = Checkout.copied_to(root, variables)
    for part in PARTS:
        (checkout.root / part).symlink_to(ROOT / part)
    (checkout.root / ".venv-training").symlink_to(training_python.parents[1])
    return checkout


@pytest.fixture(scope="session")
def live_stack(
    real_nodes: Nodes, tools: Toolchain, training_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveCheckout]:
    """The running live stack; a test that changes it puts it back."""
    assert real_nodes.real
    checkout = live_checkout(tmp_path_factory.mktemp("live"), training_python)
    with removed(checkout, LIVE):
        first = checkout.run("up", "--stack", LIVE, limit_seconds=FIRST_UP_SECONDS)
        assert first.code == 0, first.err
        kubeconfig = checkout.project.cluster_directory(LIVE) / "kubeconfig"
        yield LiveCheckout(
            checkout=checkout, first=first, kubectl=Kubectl(executable=tools.kubectl, kubeconfig=kubeconfig)
        )
