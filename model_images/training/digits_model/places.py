"""Locations of the files of versions."""

from collections.abc import Iterable
from pathlib import Path

from digits_model.errors import InputError

SAVED_MODEL = "saved_model.pb"
TFLITE = "model.tflite"
"""The file name that TensorFlow Serving also expects for a TFLite model."""
TRITON = "model.py"
"""The file name that Triton's Python backend expects."""
MODELS = (SAVED_MODEL, TFLITE, TRITON)


def directory_of(output: Path, variant: str) -> Path:
    """The directory of a variant. TensorFlow Serving requires that the name of the SavedModel's is a number."""
    return output / ("1" if variant == "saved-model" else f"1-{variant}")


def description_of(output: Path, variant: str) -> Path:
    """The description file of a variant."""
    directory = directory_of(output, variant)
    return directory.with_name(f"{directory.name}.yaml")


def require_absent(output: Path, variants: Iterable[str]) -> None:
    """Check that no version would be overwritten.

    Raises:
        InputError: a directory or description already exists.
    """
    for variant in variants:
        for path in (directory_of(output, variant), description_of(output, variant)):
            if path.exists():
                raise InputError(
                    f"{path} already exists; remove it or specify another directory with --output (OUTPUT= of make)"
                )


def create(output: Path) -> None:
    """Create the output directory if it does not exist.

    Raises:
        InputError: the directory cannot be created, or is a file.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}; specify a writable directory with --output") from None


def model_in(directory: Path, *names: str) -> Path:
    """The first file with one of these names in a version's directory.

    Raises:
        InputError: no such file exists.
    """
    for name in names:
        if (directory / name).is_file():
            return directory / name
    raise InputError(f"{directory} does not contain {' or '.join(names)}; specify the directory of a version")
