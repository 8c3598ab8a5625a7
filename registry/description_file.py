"""The YAML file in which a publisher describes a version."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from registry.documents import validated
from registry.errors import bad_input
from registry.metadata import Description


def read_description(file: Path, known: Mapping[str, object]) -> Description:
    """The description in a YAML or JSON file. `known` holds defaults by key, which the file overrides.

    Raises:
        RegistryError: the file cannot be read, or is not a valid description.
    """
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or " ".join(str(error).split())
        raise bad_input(f"{file}: {reason}", "specify a YAML file as shown in docs/registry.md") from None
    if not isinstance(data, dict):
        raise bad_input(f"{file} is not a mapping", "see the example in docs/registry.md")
    return validated(Description, {**known, **data}, str(file))
