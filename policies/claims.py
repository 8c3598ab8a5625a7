"""The claims for storage that an object makes: itself, or templates of claims in it."""

from collections.abc import Iterator, Sequence

from kinds import Kind
from node import JsonValue, Node, Path

_TEMPLATES = ("volumeClaimTemplates", "volumeClaimTemplate")
_CLAIM = Kind("core", "PersistentVolumeClaim")

# Kinds that can hold any text, or the schemas of claims, and make none.
_WITHOUT_CLAIMS = frozenset(
    {Kind("core", "ConfigMap"), Kind("core", "Secret"), Kind("apiextensions.k8s.io", "CustomResourceDefinition")}
)


def claim_nodes(kind: Kind, objects: Sequence[Node]) -> tuple[Node, ...]:
    """Every claim, or template of one, among an object of ``kind`` and the ``objects`` below it.

    Never raises: a template that cannot be read is one whose parts cannot be read.
    """
    if kind == _CLAIM:
        return tuple(objects[:1])
    if kind in _WITHOUT_CLAIMS:
        return ()
    return tuple(
        template
        for each in objects
        for key in _TEMPLATES
        if isinstance(each.value, dict) and key in each.value
        for template in _templates(each.value[key], (*each.path, key))
    )


def _templates(value: JsonValue, path: Path) -> Iterator[Node]:
    if isinstance(value, list):
        yield from (Node(item, (*path, index)) for index, item in enumerate(value))
    elif value is not None:
        yield Node(value, path)
