"""Where the files of versions are."""

from collections.abc import Iterable
from pathlib import Path

from digits_model.errors import InputError

SAVED_MODEL = "saved_model.pb"
TFLITE = "model.tflite"
"""The name by which TensorFlow Serving, too, looks for such a model."""


def directory_of(output: Path, variant: str) -> Path:
    """Where a variant goes; what TensorFlow Serving loads has a number for a name, as it wants it."""
    return output / ("1" if variant == "saved-model" else f"1-{variant}")


def description_of(output: Path, variant: str) -> Path:
    """Where a variant's description goes."""
    directory = directory_of(output, variant)
    return directory.with_name(f"{directory.name}.yaml")


def require_free(output: Path, variants: Iterable[str]) -> None:
    """Make sure that nothing is where a version would go.

    Raises:
        InputError: something is.
    """
    for variant in variants:
        for path in (directory_of(output, variant), description_of(output, variant)):
            if path.exists():
                raise InputError(f"{path} is there already; remove it or name another directory with --output")


def make(output: Path) -> None:
    """Make the directory that versions go to.

    Raises:
        InputError: it cannot be made, or is a file.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}; name a directory that can be made with --output") from None


def model_in(directory: Path, *names: str) -> Path:
    """The first file of these names in a version's directory.

    Raises:
        InputError: there is none.
    """
    for name in names:
        if (directory / name).is_file():
            return directory / name
    raise InputError(f"{directory} has no {' and no '.join(names)}; name the directory of a version")
