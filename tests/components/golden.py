"""The manifests of some examples as files: ``python -m tests.components.golden`` writes them again."""

from pathlib import Path

from inferencectl.deployer.rendering import render
from tests.components.examples import EXAMPLES
from tests.components.test_contract import recorded

DIRECTORY = Path(__file__).parent / "golden"

_MODELS = ("gateway", "volume", "stateful", "torchserve", "triton", "scaled-by-load")
# Every component that is made of manifests; of ModelService the examples that have most in them, as the others repeat
# it.
NAMES = [
    name
    for name in EXAMPLES
    if name != "ImageBuilds" and (not name.startswith("ModelService") or name.removeprefix("ModelService-") in _MODELS)
]


def path_of(name: str) -> Path:
    """Where the manifests of an example are."""
    return DIRECTORY / f"{name}.yaml"


def manifests(name: str) -> str:
    """What the program sends of an example, as one YAML stream."""
    return render(recorded((EXAMPLES[name], "one")))


def main() -> None:
    """Write every file."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in NAMES:
        path_of(name).write_text(manifests(name), encoding="utf-8")


if __name__ == "__main__":
    main()
