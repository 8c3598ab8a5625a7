"""Changing the versions of a model in a stack file, and nothing else of it: comments and layout stay."""

from collections.abc import Iterable, Mapping

import yaml

_PATH = ("config", "inference:platform", "models")


def with_versions(text: str, model: str, versions: Iterable[Mapping[str, object]]) -> str:
    """The text of a stack file in which `model` has these versions, one a line; the model must be in it."""
    node = _versions(yaml.compose(text), model)
    start, end = node.start_mark, node.end_mark.index
    lines = [yaml.safe_dump(dict(each), default_flow_style=True, sort_keys=False, width=10_000) for each in versions]
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        made = f"[{', '.join(line.strip() for line in lines)}]"
    else:
        made = f"\n{' ' * start.column}".join(f"- {line.strip()}" for line in lines)
        # A block ends where the next key begins: what is before that belongs to it, or to nobody.
        end = start.index + len(text[start.index : _last(node).end_mark.index].rstrip())
    return text[: start.index] + made + text[end:]


def _versions(document: yaml.Node, model: str) -> yaml.Node:
    models = document
    for key in _PATH:
        models = _value(models, key)
    return next(_value(each, "versions") for each in models.value if _value(each, "name").value == model)


def _last(node: yaml.Node) -> yaml.Node:
    """The last part of a node that says itself where it ends."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return node


def _value(mapping: yaml.Node, key: str) -> yaml.Node:
    return next(value for name, value in mapping.value if name.value == key)
