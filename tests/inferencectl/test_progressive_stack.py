"""A stack with a progressive model in a sandbox: `up` brings the Flagger without which it would not become ready."""

import json
from collections.abc import Iterator

import pytest

from inferencectl.sandbox.controllers.flagger import NAME
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from settings import RELEASE_PROTOCOLS
from tests.inferencectl.checkout import STACK, Checkout, Finished, model, removed, tiny

PROMETHEUS = "http://prometheus.monitoring.svc:9090"
ASKED = f"Flagger asks {PROMETHEUS} from this machine"


@pytest.fixture(scope="module")
def flagger(tools: Toolchain) -> None:
    """Flagger; conftest.py builds it."""


@pytest.fixture(scope="module")
def checkout(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with removed(Checkout.copied_to(tmp_path_factory.mktemp("progressive"))) as made:
        yield made


@pytest.fixture(scope="module")
def plain(checkout: Checkout) -> Finished:
    """The stack of the checkout without a release of its own."""
    return checkout.on_stack("up")


@pytest.fixture(scope="module")
def deployed(checkout: Checkout, flagger: None, plain: Finished) -> Finished:
    assert plain.code == 0, plain.err
    iris = model(exposure="gateway", replicas=1, release={"strategy": "progressive"})
    gateway = {"name": "public", "namespace": "gateway", "hostname": "models.example"}
    autoscaling = {"prometheus": PROMETHEUS, "scraperNamespace": "monitoring"}
    checkout.write(STACK, {**tiny(iris), "gateway": gateway, "autoscaling": autoscaling})
    return checkout.on_stack("up")


def test_without_such_a_model_no_flagger_is_started(checkout: Checkout, plain: Finished) -> None:
    assert plain.code == 0, plain.err
    assert "Flagger" not in plain.err


def test_flagger_is_there_before_the_model_waits_for_it(
    checkout: Checkout, deployed: Finished, tools: Toolchain
) -> None:
    assert deployed.code == 0, deployed.err
    assert deployed.err.index("starting Flagger") < deployed.err.index(ASKED) < deployed.err.index("Canary")
    kubeconfig = checkout.project.cluster_directory(STACK) / "kubeconfig"
    kubectl = Kubectl(executable=tools.kubectl, kubeconfig=kubeconfig)
    found = json.loads(kubectl.run("get", "canaries", "--namespace=models-tiny", "--output=json"))
    phases = {each["metadata"]["name"]: each["status"]["phase"] for each in found["items"]}
    assert phases == {f"iris-{protocol}": "Initialized" for protocol in RELEASE_PROTOCOLS}


def test_another_up_changes_nothing_and_leaves_flagger_as_it_is(checkout: Checkout, deployed: Finished) -> None:
    before = checkout.components()[NAME].pid
    again = checkout.on_stack("up")
    assert again.code == 0, again.err
    assert "no changes" in again.out
    assert ASKED in again.err
    assert "starting Flagger" not in again.err
    assert checkout.components()[NAME].pid == before


def test_it_ends_with_the_sandbox(checkout: Checkout, deployed: Finished) -> None:
    assert NAME in checkout.components()
    assert checkout.on_stack("down").code == 0
    assert NAME not in checkout.components()
