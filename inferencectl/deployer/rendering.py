"""The stack's manifests as YAML: for the same stack the same bytes, in the order in which people write manifests."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from inferencectl.deployer import KubernetesObject, other_than_objects, plain_objects
from inferencectl.program.recording import Recording
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_RELEASE = ("chart", "version", "namespace")
_LIST = ".rendered"
_RENDERED = re.compile(r"[^/_]+_[^/_]+_[^/]+\.yaml")
_FIRST = ("apiVersion", "kind", "metadata", "spec")


def render(recording: Recording) -> str:
    """All manifests as one YAML stream, in the order of deployment; secret values are replaced by ``[secret]``."""
    return "---\n".join(_document(item) for item in plain_objects(recording))


def not_rendered(recording: Recording) -> tuple[str, ...]:
    """What of the stack has no manifest and only Pulumi deploys, with what to install in its place."""
    return tuple(
        f"{each.name} is a {each.type.rpartition(':')[2]} and has no manifest; "
        + ", ".join(f"{key} {each.inputs[key]}" for key in _RELEASE if isinstance(each.inputs.get(key), str))
        for each in other_than_objects(recording)
    )


def render_files(recording: Recording, directory: Path) -> list[Path]:
    """Write one file per object to ``directory``, which is created if needed; existing files are replaced.

    Files of an earlier run whose objects are gone are removed, by the list that it has left. Other files stay.

    Raises:
        SandboxError: a file cannot be written.
    """
    documents = {_file_name(item): _document(item) for item in plain_objects(recording)}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        stale = _listed(directory) - documents.keys()
        # The list comes before the files, so that what an interrupted run leaves is removed by the next one.
        _list(directory, documents.keys() | stale)
        for name, document in documents.items():
            (directory / name).write_text(document, encoding="utf-8")
        for name in stale:
            (directory / name).unlink(missing_ok=True)
        _list(directory, documents.keys())
    except OSError as error:
        raise SandboxError(
            f"{error.filename}: cannot be written: {error.strerror}",
            "choose a new directory, or a writable one with enough space",
            exit_code=BAD_INPUT,
        ) from None
    return [directory / name for name in documents]


def _file_name(item: KubernetesObject) -> str:
    return f"{item.key.namespace or 'cluster'}_{item.key.kind.lower()}_{item.key.name}.yaml"


def _listed(directory: Path) -> set[str]:
    """The files that an earlier run has written; a name that leads elsewhere is none of them."""
    file = directory / _LIST
    names = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {name for name in names if _RENDERED.fullmatch(name)}


def _list(directory: Path, names: Iterable[str]) -> None:
    (directory / _LIST).write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")


def shown_manifests(recording: Recording) -> list[Mapping[str, Any]]:
    """All manifests in the order of deployment; secret values are replaced by ``[secret]``."""
    return [_shown(item) for item in plain_objects(recording)]


def _document(item: KubernetesObject) -> str:
    return yaml.safe_dump(_shown(item), sort_keys=False, width=120)


def _shown(item: KubernetesObject) -> dict[str, Any]:
    """The manifest in canonical order: apiVersion, kind, metadata, spec, the rest; below these, keys by name."""
    secret = {*item.secret_keys, *(("data", "stringData") if item.key.kind == "Secret" else ())}
    manifest = {key: "[secret]" if key in secret else _sorted(value) for key, value in item.manifest.items()}
    first = [key for key in _FIRST if key in manifest]
    return {key: manifest[key] for key in (*first, *sorted(manifest.keys() - set(first)))}


def _sorted(value: Any) -> Any:  # noqa: ANN401 - any value of a manifest
    """The same with every mapping's keys by name; lists keep their order, which means something."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
