"""Whether the kubeconfig has the context that a stack names, before anything is sent to its cluster."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from settings.validation.errors import Problem, SettingsError
from settings.validation.words import did_you_mean, shown
from settings.values.unvalidated import is_list, is_mapping

KUBECONFIG_VARIABLE = "KUBECONFIG"


def kubeconfig_files(variables: Mapping[str, str] = os.environ) -> Sequence[Path]:
    """The files that kubectl would read: those that the variable KUBECONFIG names, otherwise `~/.kube/config`.

    https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
    """
    named = [Path(name) for name in variables.get(KUBECONFIG_VARIABLE, "").split(os.pathsep) if name]
    return named or [Path.home() / ".kube" / "config"]


def require_context(stack: str, context: str) -> None:
    """Refuse a `context` of a stack that the kubeconfig does not have.

    Pulumi's provider takes a context that does not exist for a cluster that cannot be reached now, and lets a preview
    pass.

    Raises:
        SettingsError: there is no such context; with the names of those that there are.
    """
    kubeconfigs = kubeconfig_files()
    known = sorted({name for each in kubeconfigs for name in _contexts(each)})
    if context in known:
        return
    files = ", ".join(map(str, kubeconfigs))
    expected = f"a context of {files}: {', '.join(known)}" if known else f"a context of {files}, which has none"
    hint = did_you_mean(context, known) or f"kubectl config get-contexts lists them; {KUBECONFIG_VARIABLE} names files"
    raise SettingsError(
        [
            Problem(
                file=f"Pulumi.{stack}.yaml",
                path="inference:platform.cluster.context",
                value=shown(context),
                expected=expected,
                hint=hint,
            )
        ]
    )


def _contexts(file: Path) -> Iterator[str]:
    """The names in one file; a file that is missing or no kubeconfig has none, as for kubectl."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return
    entries = document.get("contexts") if is_mapping(document) else None
    for entry in entries if is_list(entries) else ():
        if is_mapping(entry) and "name" in entry:
            yield str(entry["name"])
