"""How long does a warm `make up STACK=live` take to the first prediction?

Warm: everything is built and cached, the images are made and the example model is trained. The stack is deployed to a
new control plane and a new node, from a copy of the checkout, as after `make down`.
"""

import time
from collections.abc import Callable, Iterator

from benchmarks.copied_checkout import copied_checkout
from benchmarks.figure import Figure
from benchmarks.first_answer import first_answer, local_url
from inferencectl.live_stack import IMAGES
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.stack_nodes import LIVE

LIMIT_SECONDS = 90.0


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Deploy the live stack once, and ask it for a digit."""
    toolchain.ensure(progress)
    ensure_images(IMAGES, progress)
    with copied_checkout(LIVE) as checkout:
        progress("deploying the live stack to a new cluster")
        began = time.time()
        up = checkout.up()
        seconds = first_answer(local_url(checkout.project)) - began
    yield Figure(
        name="warm make up of live to the first prediction",
        value=seconds,
        bound=LIMIT_SECONDS,
        unit="s",
        detail=f"one run; {up:.1f} s of it until the command ended",
    )
