"""YAML of unknown origin to JSON values.

Read as Pulumi reads it: plain scalars of YAML 1.2 (``yes``, ``010`` and ``2024-01-01`` are text), equal keys are an
error. Tags and merge keys are refused. Depth and aliases are bounded before the document is built: a few hundred bytes
of aliases could else fill the memory, and 200,000 opening brackets end PyYAML's C parser with a segmentation fault.
"""

# PyYAML's type stubs leave open what its parser yields and its constructors return.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from typing import Any, ClassVar

import yaml

from settings.validation.words import shown

MAX_DEPTH = 32
MAX_NODES = 1_000_000
"""Nodes after each alias is replaced by what it stands for; a thousand models have about 20,000."""


class YamlError(ValueError):
    """The text cannot be used. ``place`` is its line and column, empty where they are not known."""

    def __init__(self, reason: str, mark: yaml.Mark | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""


# The C loader is ten times faster, but PyYAML can be built without it.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise YamlError("a key that is no text", key.start_mark)
            if key.value == "<<":
                raise YamlError("a merge key; write the values out", key.start_mark)
            if key.value in seen:
                raise YamlError(f"key {shown(key.value)} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(([0-9]*\.[0-9]+|[0-9]+\.)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)", list("-+.0123456789")),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def read_yaml(text: str) -> object:
    """The one document in ``text``: mappings with text keys, lists, text, numbers, booleans, ``None``.

    Raises:
        YamlError: the text is no YAML, or uses more of it than a stack file needs.
    """
    try:
        _refuse_excess(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, restricted further
    except yaml.MarkedYAMLError as error:
        raise YamlError(error.problem or "not YAML", error.problem_mark) from None
    except yaml.YAMLError as error:
        raise YamlError(" ".join(str(error).split())) from None
    except YamlError:
        raise
    except ValueError as error:  # A whole number of more digits than Python converts.
        raise YamlError(str(error)) from None


def _refuse_excess(text: str) -> None:
    """Refuse tags, deep nesting, and aliases that stand for too much, by the parser's events alone."""
    anchored: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            _remember(anchored, anchor, nodes - before)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchored:
                raise YamlError(f"alias *{event.anchor} stands for nothing yet", event.start_mark)
            nodes += anchored[event.anchor]
        elif isinstance(event, yaml.NodeEvent):
            _refuse_tag(event)
            nodes += 1
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event.anchor, nodes - 1))
            else:
                _remember(anchored, event.anchor, 1)
        if len(open_nodes) > MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} levels deep", event.start_mark)
        if nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES:,} values, aliases written out", event.start_mark)


def _remember(anchored: dict[str, int], anchor: str | None, size: int) -> None:
    if anchor is not None:
        anchored[anchor] = size


def _refuse_tag(event: yaml.NodeEvent) -> None:
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise YamlError(f"tag {shown(tag)}; write the value without a tag", event.start_mark)
