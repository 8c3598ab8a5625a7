"""A model in dev and in staging, as their files have it, and what of it was proved."""

import json
from copy import deepcopy
from typing import Any

import yaml

from inferencectl.promotion.change import Proved
from settings import Pins, Platform, load
from settings.platform import Model
from tests.inferencectl.checkout import model, tiny

VERSION = {"version": 2, "storage": "s3://models/iris/2", "sha256": "cd" * 32}
OLD = {"version": 1, "storage": "s3://models/iris/1", "sha256": "ab" * 32}


def stack(name: str, pins: Pins | None = None, model_keys: dict[str, Any] | None = None, **keys: Any) -> Platform:
    """A stack with the model `iris`, whose keys are `model_keys`; it is Platform's other keys that `keys` sets."""
    wanted = tiny(model("iris", **(model_keys or {}))) | keys
    return load(name, {"inference:platform": json.dumps(wanted)}, pins)


def here(**model_keys: Any) -> Model:
    """The model in staging."""
    return stack("staging", None, model_keys).models[0]


def proved(platform: Platform | None = None, **model_keys: Any) -> Proved:
    """The version that dev has, in a `platform` of that model."""
    keys = {"versions": [VERSION], **model_keys}
    found = platform or stack("dev", None, keys)
    return Proved(
        stack="dev",
        platform=found,
        model=found.models[0],
        version=found.models[0].versions[0],
        written=yaml.safe_load(yaml.safe_dump(deepcopy(model("iris", **keys)))),
    )
