"""How long does it take to deploy the dev stack when all tools are built, and to redeploy it without changes?"""

from collections.abc import Callable, Iterator

from benchmarks.copied_checkout import copied_checkout
from benchmarks.figure import Figure
from inferencectl.sandbox.toolchain import toolchain

NEW_SECONDS = 60.0
UNCHANGED_SECONDS = 15.0


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Deploy the dev stack twice from a copy of the checkout."""
    toolchain.ensure(progress)
    with copied_checkout("dev") as checkout:
        progress("deploying the dev stack to a new cluster")
        first = checkout.up()
        progress("deploying it again")
        second = checkout.up()
    yield Figure(name="make up of dev to a new cluster", value=first, bound=NEW_SECONDS, unit="s", detail="one run")
    yield Figure(
        name="make up of dev without changes", value=second, bound=UNCHANGED_SECONDS, unit="s", detail="one run"
    )
