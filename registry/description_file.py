"""The file in which a publisher describes a version."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from registry.documents import validated
from registry.errors import bad_input
from registry.metadata import Description


def read_description(file: Path, known: Mapping[str, object]) -> Description:
    """The description in a YAML or JSON file. `known` is what is known without it, which the file may say otherwise.

    Raises:
        RegistryError: the file cannot be read, or it lacks something.
    """
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise bad_input(f"{file}: {told}", "name a YAML file; docs/registry.md has an example") from None
    if not isinstance(data, dict):
        raise bad_input(f"{file} holds no mapping", "docs/registry.md has an example")
    return validated(Description, {**known, **data}, str(file))
