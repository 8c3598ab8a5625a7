"""The committed stacks with edits, and what is said about them."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from settings import SettingsError, load, read_stack_file

ROOT = Path(__file__).parents[2]
DELETED = object()


def edited(edits: Mapping[str, Any], stack: str = "dev") -> dict[str, str]:
    """The configuration of a committed stack with values at dotted paths replaced, added or deleted."""
    config = read_stack_file(ROOT / f"Pulumi.{stack}.yaml")
    platform = json.loads(config["inference:platform"])
    for path, value in edits.items():
        here: Any = platform
        *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in parents:
            here = here[part]
        if value is DELETED:
            del here[last]
        else:
            # Another path may lead into it, and it is the test's own.
            here[last] = deepcopy(value)
    return {"inference:platform": json.dumps(platform)}


def problems(edits: Mapping[str, Any], stack: str = "dev") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(stack, edited(edits, stack))
    return [line.removeprefix(f"Pulumi.{stack}.yaml: inference:platform") for line in str(caught.value).splitlines()]


MNIST, IRIS, RECOMMENDER = ".models[0] (mnist)", ".models[1] (iris)", ".models[2] (recommender)"
"""Paths of the models of the dev stack below the platform."""
