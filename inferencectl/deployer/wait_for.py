"""What an object of any kind is awaited for by its own annotation, as Pulumi's provider does.

Source: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/#pulumicomwaitfor
"""

import re
from collections.abc import Mapping
from typing import Any

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

ANNOTATION = "pulumi.com/waitFor"
_FIELD = re.compile(r"jsonpath=\{((?:\.\w+)+)\}(?:=(.+))?")


def missing(live: Mapping[str, Any]) -> str:
    """The field that the object still lacks, by its annotation; empty if it lacks none, or has no annotation.

    Raises:
        SandboxError: the annotation is of another form than `jsonpath={.a.field}` or `jsonpath={.a.field}=value`.
    """
    text = (live["metadata"].get("annotations") or {}).get(ANNOTATION)
    if text is None:
        return ""
    wanted = _FIELD.fullmatch(text)
    if wanted is None:
        raise SandboxError(
            f"the annotation {ANNOTATION}: {text} is not supported by the sandbox",
            "write jsonpath={.a.field} or jsonpath={.a.field}=value",
            exit_code=BAD_INPUT,
        )
    path, value = wanted.groups()
    found = _at(live, path)
    if found in (None, "") or (value is not None and str(found) != value):
        return f"{path} is {'not there' if found in (None, '') else found}{f', not {value}' if value else ''} yet"
    return ""


def _at(live: object, path: str) -> object:
    for name in path.removeprefix(".").split("."):
        live = live.get(name) if isinstance(live, Mapping) else None
    return live
