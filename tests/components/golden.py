"""The manifests of some examples as files: ``python -m tests.components.golden`` writes them again."""

from dataclasses import replace
from pathlib import Path

from inferencectl.deployer.rendering import render
from tests.components.examples import EXAMPLES
from tests.components.models import RELEASES
from tests.components.test_contract import recorded

DIRECTORY = Path(__file__).parent / "golden"

_MODELS = ("gateway", "volume", "stateful", "torchserve", "triton", "scaled-by-load")
# Every component that is made of manifests; of ModelService the examples that have most in them, as the others repeat
# it.
NAMES = [
    name
    for name in EXAMPLES
    if name != "ImageBuilds"
    and (not name.startswith("ModelService") or name.removeprefix("ModelService-") in {*_MODELS, *RELEASES})
]
_ADDRESSES = ("one-route", "one-service")
"""The resources in which release strategies differ; the rest of such a model is that of the example `gateway`."""


def path_of(name: str) -> Path:
    """Where the manifests of an example are."""
    return DIRECTORY / f"{name}.yaml"


def manifests(name: str) -> str:
    """What the program sends of an example, as one YAML stream."""
    recording = recorded((EXAMPLES[name], "one"))
    if name.removeprefix("ModelService-") not in RELEASES:
        return render(recording)
    addresses = tuple(each for each in recording.resources if each.name in _ADDRESSES)
    assert len(addresses) == len(_ADDRESSES), f"{name} has other addresses"
    return render(replace(recording, resources=addresses))


def main() -> None:
    """Write every file."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in NAMES:
        path_of(name).write_text(manifests(name), encoding="utf-8")


if __name__ == "__main__":
    main()
