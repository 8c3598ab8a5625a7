"""The kubeconfig of the user: which contexts it has, and one of them as a file that stands alone."""

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import KUBECONFIG_VARIABLE, kubeconfig_files

CURRENT = "current"
_INLINED = ("certificate-authority", "client-certificate", "client-key")


@dataclass(frozen=True, kw_only=True)
class Kubeconfig:
    """The `documents` of the files that kubectl would read, in their order: what is said first holds."""

    documents: Mapping[Path, Mapping[str, Any]]
    files: Sequence[Path]

    @classmethod
    def of_the_user(cls, variables: Mapping[str, str] = os.environ) -> "Kubeconfig":
        """The files that the variable KUBECONFIG names, otherwise `~/.kube/config`; those that are missing are empty.

        Raises:
            SandboxError: a file is not a kubeconfig.
        """
        files = kubeconfig_files(variables)
        return cls(files=files, documents={file.absolute(): _read(file) for file in files if file.exists()})

    @property
    def contexts(self) -> Sequence[str]:
        """The names of the contexts, sorted."""
        return sorted({name for document in self.documents.values() for name in _named(document, "contexts")})

    def chosen(self, wanted: str) -> str:
        """The context of that name; `current` means the kubeconfig's current one.

        Raises:
            SandboxError: there is no such context; with the names of those that there are.
        """
        stated = (str(document.get("current-context") or "") for document in self.documents.values())
        context = next(filter(None, stated), "") if wanted == CURRENT else wanted
        if context in self.contexts:
            return context
        files = ", ".join(map(str, self.files))
        missing = f"has no context {context}" if context else "names no current context"
        known = ", ".join(self.contexts)
        raise SandboxError(
            f"{files}: the kubeconfig {missing}",
            f"use one of {known}: kubectl config use-context NAME, or CLUSTER=NAME"
            if known
            else f"create a cluster with kind or k3d, or set {KUBECONFIG_VARIABLE} to a file that has its context",
            exit_code=BAD_INPUT,
        )

    def alone(self, context: str, names: Sequence[str]) -> str:
        """A kubeconfig (YAML) with this context alone, under each of `names`, of which the first is current.

        What it refers to in other files is in it, so that it works from everywhere.

        Raises:
            SandboxError: the context names a cluster or user that is not there, or a file that cannot be read.
        """
        parts = self._find("contexts", context)
        cluster = self._find("clusters", str(parts.get("cluster")))
        user = self._find("users", str(parts.get("user")))
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "cluster", "cluster": cluster}],
                "users": [{"name": "user", "user": user}],
                "contexts": [{"name": name, "context": {"cluster": "cluster", "user": "user"}} for name in names],
                "current-context": names[0],
            },
            sort_keys=False,
        )

    def _find(self, section: str, name: str) -> dict[str, Any]:
        """One context, cluster or user by its name, with the files that it names in place of their paths."""
        for file, document in self.documents.items():
            found = _named(document, section).get(name)
            if found is not None:
                return _inlined(found, file.parent)
        raise SandboxError(
            f"{', '.join(map(str, self.files))}: {section} has no entry {name}, which the context names",
            "correct the kubeconfig, for example by: kind export kubeconfig, or k3d kubeconfig merge",
            exit_code=BAD_INPUT,
        )


def _read(file: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable(file, str(error)) from None
    if not isinstance(document, Mapping):
        raise _unreadable(file, "it is not a mapping")
    return document


def _named(document: Mapping[str, Any], section: str) -> Mapping[str, Mapping[str, Any]]:
    """What a section of a document says of each name; what has another form is left out."""
    entries = document.get(section)
    kind = section.removesuffix("s")
    return {
        str(entry["name"]): entry[kind]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping) and "name" in entry and isinstance(entry.get(kind), Mapping)
    }


def _inlined(fields: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    made = dict(fields)
    for key in _INLINED:
        if path := made.pop(key, None):
            file = directory / str(path)
            try:
                made[f"{key}-data"] = base64.b64encode(file.read_bytes()).decode()
            except OSError as error:
                raise _unreadable(file, error.strerror or str(error)) from None
    if token := made.get("tokenFile"):
        # Read at every request, as its content is renewed.
        made["tokenFile"] = str(directory / str(token))
    return made


def _unreadable(file: Path, reason: str) -> SandboxError:
    return SandboxError(
        f"{file}: cannot be read as a kubeconfig: {reason}",
        f"correct the file, or set {KUBECONFIG_VARIABLE} to another one",
        exit_code=BAD_INPUT,
    )
