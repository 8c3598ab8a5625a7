"""Changing the versions of a model in a stack file and how they are released, and nothing else of it.

Comments and layout stay.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_PATH = ("config", "inference:platform", "models")

Keys = Sequence[Mapping[str, Any]]
Edit = tuple[int, int, str]
"""Where a part of the text begins and ends, and what is written in its place."""


def with_release(text: str, model: str, versions: Keys, release: Mapping[str, Any] | None) -> str:
    """The text of a stack file in which `model` has these versions, one a line, and this `release`.

    The model must be in it. Without ``release``, that key stays as it is.
    """
    node = _model(yaml.compose(text), model)
    edits = [_versions(text, _value(node, "versions"), versions)]
    if release is not None:
        edits.append(_release(text, node, _flow(release)))
    for start, end, made in sorted(edits, reverse=True):
        text = text[:start] + made + text[end:]
    return text


def _versions(text: str, node: yaml.Node, versions: Keys) -> Edit:
    start, lines = node.start_mark, [_flow(each) for each in versions]
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        made = f"[{', '.join(lines)}]"
    else:
        made = f"\n{' ' * start.column}".join(f"- {line}" for line in lines)
    return start.index, _end(text, node), made


def _release(text: str, model: yaml.MappingNode, made: str) -> Edit:
    for name, value in model.value:
        if name.value == "release":
            return value.start_mark.index, _end(text, value), made
    # Before the versions there is no comment that would change its place.
    here = next(name.start_mark for name, _ in model.value if name.value == "versions")
    separator = ", " if model.flow_style else f"\n{' ' * here.column}"
    return here.index, here.index, f"release: {made}{separator}"


def _model(document: yaml.Node, model: str) -> yaml.MappingNode:
    models = document
    for key in _PATH:
        models = _value(models, key)
    return next(each for each in models.value if _value(each, "name").value == model)


def _end(text: str, node: yaml.Node) -> int:
    """Where a node ends: of a block, the end is where the next key begins, and what is before that is nobody's."""
    start = node.start_mark.index
    return start + len(text[start : _last(node).end_mark.index].rstrip())


def _flow(keys: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(keys), default_flow_style=True, sort_keys=False, width=10_000).strip()


def _last(node: yaml.Node) -> yaml.Node:
    """The last part of a node that says itself where it ends."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return node


def _value(mapping: yaml.Node, key: str) -> yaml.Node:
    return next(value for name, value in mapping.value if name.value == key)
