"""Changing the versions of a model in a stack file and how they are released, and nothing else of it.

Comments and layout stay.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    node = model_node(yaml.compose(text), model)
    edits = [_versions(text, value_of(node, "versions"), versions)]
    if release is not None:
        edits.append(_release(text, node, flow(release)))
    return with_edits(text, edits)


def models_in(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The models in the content of a stack file."""
    for key in _PATH[:-1]:
        content = content[key]
    return content[_PATH[-1]]


def with_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with parts of it, none of which overlap, written anew."""
    for start, end, made in sorted(edits, reverse=True):
        text = text[:start] + made + text[end:]
    return text


def _versions(text: str, node: yaml.Node, versions: Keys) -> Edit:
    start, lines = node.start_mark, [flow(each) for each in versions]
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        made = f"[{', '.join(lines)}]"
    else:
        made = f"\n{' ' * start.column}".join(f"- {line}" for line in lines)
    return start.index, end_of(text, node), made


def _release(text: str, model: yaml.MappingNode, made: str) -> Edit:
    for name, value in model.value:
        if name.value == "release":
            return value.start_mark.index, end_of(text, value), made
    # Before the versions there is no comment that would change its place.
    here = next(name.start_mark for name, _ in model.value if name.value == "versions")
    separator = ", " if model.flow_style else f"\n{' ' * here.column}"
    return here.index, here.index, f"release: {made}{separator}"


def model_node(document: yaml.Node, model: str) -> yaml.MappingNode:
    """The model of that name, which must be there, in the document of a stack file."""
    models = document
    for key in _PATH:
        models = value_of(models, key)
    return next(each for each in models.value if value_of(each, "name").value == model)


def end_of(text: str, node: yaml.Node) -> int:
    """Where a node ends: of a block, the end is where the next key begins, and what is before that is nobody's."""
    start = node.start_mark.index
    return start + len(text[start : _last(node).end_mark.index].rstrip())


def flow(value: object) -> str:
    """A value on one line."""
    plain = dict(value) if isinstance(value, Mapping) else value
    return yaml.safe_dump([plain], default_flow_style=True, sort_keys=False, width=10_000).strip()[1:-1]


def _last(node: yaml.Node) -> yaml.Node:
    """The last part of a node that says itself where it ends."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return node


def value_of(mapping: yaml.Node, key: str) -> yaml.Node:
    """The value of a key that the mapping has."""
    return next(value for name, value in mapping.value if name.value == key)
