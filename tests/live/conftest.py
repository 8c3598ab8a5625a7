"""The load that the tests of changes and of faults share."""

from collections.abc import Iterator

import pytest
import yaml
from kubernetes import config

import settings
from inferencectl.live_load import IMAGE, live_load, live_place
from inferencectl.load.pod import load_in_cluster
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.stack_nodes import LIVE
from tests.live.under_load import UnderLoad, published_again, sandbox_of, silent
from tests.live_stack import LiveCheckout

RATE = 20
MOST_SECONDS = 1500


@pytest.fixture(scope="module")
def under_load(live_stack: LiveCheckout) -> Iterator[UnderLoad]:
    file = live_stack.checkout.project.stack_file(LIVE)
    text = file.read_text(encoding="utf-8")
    platform = yaml.safe_load(text)["config"]["inference:platform"]
    second = published_again(live_stack)
    image = ensure_images([IMAGE], silent)[IMAGE]
    sandbox_of(live_stack).require_real_node(silent).import_images([image], silent)
    load = live_load(settings.load(LIVE, settings.read_stack_file(file)), RATE, MOST_SECONDS)
    (first,) = platform["models"][0]["versions"]
    try:
        with (
            config.new_client_from_config(str(live_stack.kubectl.kubeconfig)) as api,
            load_in_cluster(api, load, live_place(image), silent) as running,
        ):
            running.begin()
            made = UnderLoad(live=live_stack, load=running, settings=platform, versions=(first, second))
            yield made
            made.deploy()
    finally:
        file.write_text(text, encoding="utf-8")
    whole = running.whole_report()
    assert sum(each.dropped + each.unreported for each in whole.protocols.values()) == 0


@pytest.fixture
def stage(under_load: UnderLoad) -> UnderLoad:
    """Two ready pods of the first version."""
    under_load.deploy()
    under_load.settle()
    return under_load
