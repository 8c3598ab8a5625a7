"""The example model in the store of the live stack, in the forms that its servers load."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.live.model_registry import ModelRegistry, PublishedVersion
from inferencectl.workspace.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class DigitsModel:
    """The example model under a `name` of its own; `trained` is the folder that `make train` writes its variant to."""

    name: str
    trained: str


TRITON = DigitsModel(name="digits", trained="1-triton-python")
TENSORFLOW = DigitsModel(name="digits-tensorflow", trained="1")
MODELS = (TRITON, TENSORFLOW)


def publish_digits(
    registry: ModelRegistry,
    trained: Path,
    record: Path,
    progress: Callable[[str], None],
    models: Sequence[DigitsModel] = MODELS,
) -> Sequence[PublishedVersion]:
    """Publish what `Training.trained` returned and label it `stable`; returns the versions in the order of `models`.

    What is published already is left as it is: `record` is a file that says which training a version is from. A version
    that somebody else has labelled `stable` since stays that as well.

    Raises:
        SandboxError: the registry or the store fails.
    """
    return [_ensured(registry, model, trained, record, progress) for model in models]


def _ensured(
    registry: ModelRegistry, model: DigitsModel, trained: Path, record: Path, progress: Callable[[str], None]
) -> PublishedVersion:
    published = _read(record)
    stable = registry.stable(model.name)
    if stable and published.get(model.name) == trained.name:
        return stable
    version = registry.publish(model.name, trained / model.trained, progress)
    registry.promote(version, progress)
    write_atomically(record, json.dumps({**published, model.name: trained.name}, indent=2) + "\n")
    return version


def _read(record: Path) -> dict[str, str]:
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
