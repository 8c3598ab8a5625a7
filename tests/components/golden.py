"""The manifests of some examples as files: ``python -m tests.components.golden`` writes them again."""

import re
from dataclasses import replace
from pathlib import Path

from inferencectl.deployer.rendering import render
from tests.components.examples import EXAMPLES
from tests.components.models import RELEASES
from tests.components.test_contract import recorded

DIRECTORY = Path(__file__).parent / "golden"

_MODELS = ("gateway", "volume", "stateful", "torchserve", "triton", "scaled-by-load", "meshed")
_RELEASES = (*RELEASES, "progressive", "progressive-meshed")
_OF_A_VERSION = re.compile(r"-v\d+-")
# Every component that is made of manifests; of ModelService the examples that have most in them, as the others repeat
# it.
NAMES = [
    name
    for name in EXAMPLES
    if name != "ImageBuilds"
    and (not name.startswith("ModelService") or name.removeprefix("ModelService-") in {*_MODELS, *_RELEASES})
]
_ADDRESSES = ("Service", "HTTPRoute", "Canary", "MetricTemplate")
"""Kinds in which release strategies differ; the rest of such a model is that of the example `gateway`."""


def path_of(name: str) -> Path:
    """Where the manifests of an example are."""
    return DIRECTORY / f"{name}.yaml"


def manifests(name: str) -> str:
    """What the program sends of an example, as one YAML stream."""
    recording = recorded((EXAMPLES[name], "one"))
    if name.removeprefix("ModelService-") not in _RELEASES:
        return render(recording)
    addresses = (each for each in recording.resources if each.type.rpartition(":")[2] in _ADDRESSES)
    return render(
        replace(recording, resources=tuple(each for each in addresses if not _OF_A_VERSION.search(each.name)))
    )


def main() -> None:
    """Write every file."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in NAMES:
        path_of(name).write_text(manifests(name), encoding="utf-8")


if __name__ == "__main__":
    main()
