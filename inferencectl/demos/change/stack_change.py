"""Another version of a model in a stack file, and the file as it was again afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from settings.validation.words import shown_path

_KEY = "inference:platform"
_READABLE_BY_ALL = 0o644


@dataclass(frozen=True, kw_only=True)
class StackChange:
    """A stack file whose text is known, so that it can be put back."""

    file: Path
    text: str

    def serve(self, model: str, **version: object) -> None:
        """Write the stack with this version of a model in place of all of its versions, in the keys of the settings."""
        document = yaml.safe_load(self.text)
        _model(document, model, self.file)["versions"] = [version]
        self._write(yaml.safe_dump(document, sort_keys=False))

    def put_back(self) -> None:
        """Write the file as it was."""
        self._write(self.text)

    def model(self, name: str) -> Mapping[str, Any]:
        """What the stack says of a model.

        Raises:
            SandboxError: the stack does not have it.
        """
        return _model(yaml.safe_load(self.text), name, self.file)

    def _write(self, text: str) -> None:
        write_atomically(self.file, text, mode=_READABLE_BY_ALL)


@contextmanager
def changed_stack(file: Path) -> Iterator[StackChange]:
    """Yields the stack file to change; it is as it was when the context ends."""
    change = StackChange(file=file, text=file.read_text(encoding="utf-8"))
    try:
        yield change
    finally:
        change.put_back()


def _model(document: dict[str, Any], name: str, file: Path) -> dict[str, Any]:
    models = document.get("config", {}).get(_KEY, {}).get("models", [])
    for model in models:
        if model.get("name") == name:
            return model
    raise SandboxError(
        f"{shown_path(file)}: config.{_KEY}.models has no model {name}, which the demonstration changes",
        "put it back, or delete the file and run: make up STACK=live",
        exit_code=BAD_INPUT,
    )
