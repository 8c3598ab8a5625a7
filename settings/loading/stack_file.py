"""Reading of ``Pulumi.<stack>.yaml`` without Pulumi."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from settings.loading.explanation import written
from settings.loading.shape import Location
from settings.loading.yaml_text import YamlError, read_yaml
from settings.validation.errors import Problem, SettingsError
from settings.validation.words import did_you_mean, listed, shown, shown_path
from settings.values.unvalidated import is_list, is_mapping

MAX_BYTES = 16 * 1024 * 1024
TOP_LEVEL_KEYS = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")


def read_stack_file(path: Path) -> dict[str, str]:
    """Read the configuration of a stack file as Pulumi passes it to a program: structured values as JSON text.

    Raises:
        SettingsError: the file cannot be read, is not a stack file, or contains encrypted values.
    """
    file = shown_path(path)
    document = _document(path)
    if not is_mapping(document) or not is_mapping(config := document.get("config")):
        expected = "a mapping with the key config"
        raise SettingsError([Problem(file=file, path="", value=shown(document), expected=expected)])
    problems = [*_top_level_problems(file, document), *_secret_problems(file, config)]
    if problems:
        raise SettingsError(problems)
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def _document(path: Path) -> object:
    try:
        return read_yaml(_text(path))
    except YamlError as error:
        file, expected = shown_path(path), "the YAML of a stack file"
        problem = Problem(file=file, path=error.place, value=error.reason, expected=expected)
    raise SettingsError([problem])


def _text(path: Path) -> str:
    file = shown_path(path)
    if not path.exists():
        raise SettingsError([Problem(file=file, path="", value="no such file", hint=_stacks_beside(path))])
    if not path.is_file():
        raise SettingsError([Problem(file=file, path="", value="not a file", expected="a stack file")])
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            expected = f"at most {MAX_BYTES // 2**20} MiB"
            raise SettingsError([Problem(file=file, path="", value="too large", expected=expected)])
        return content.decode("utf-8")
    except OSError as error:
        problem = Problem(file=file, path="", value=f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problem = Problem(file=file, path=f"byte {error.start + 1}", value="not UTF-8", expected="text in UTF-8")
    raise SettingsError([problem])


def _stacks_beside(path: Path) -> str:
    names = sorted(each.name for each in path.parent.glob("Pulumi.*.yaml"))
    return did_you_mean(path.name, names) or (f"there are {listed(names)}" if names else "")


def _top_level_problems(file: str, document: Mapping[str, Any]) -> Iterator[Problem]:
    for key in document:
        if key not in TOP_LEVEL_KEYS:
            hint = did_you_mean(key, TOP_LEVEL_KEYS) or f"known keys: {', '.join(TOP_LEVEL_KEYS)}"
            yield Problem(file=file, path=written((key,), None).removeprefix("."), value="unknown key", hint=hint)


def _secret_problems(file: str, config: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in config.items():
        for location in _secrets(value, ()):
            yield Problem(
                file=file,
                path=f"{key}{written(location, value)}",
                value="an encrypted value",
                expected="a stack without encrypted values, which only Pulumi can decrypt",
                hint="use pulumi, or keep the secret in a Kubernetes Secret",
            )


def _secrets(value: object, location: Location) -> Iterator[Location]:
    if is_mapping(value):
        if set(value) == {"secure"}:
            yield location
            return
        for key, child in value.items():
            yield from _secrets(child, (*location, key))
    elif is_list(value):
        for index, child in enumerate(value):
            yield from _secrets(child, (*location, index))
