"""Safe parsing of untrusted YAML into JSON values.

Parsed as Pulumi does: plain scalars of YAML 1.2 (``yes``, ``010`` and ``2024-01-01`` are text), and duplicate
keys are an error. Tags and merge keys are rejected. Depth and aliases are limited before the document is built:
otherwise a few hundred bytes of aliases could exhaust memory, and 200,000 opening brackets crash PyYAML's C parser.
"""

# PyYAML's type stubs leave open what its parser yields and its constructors return.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from typing import Any, ClassVar

import yaml

from settings.validation.words import shown

MAX_DEPTH = 32
MAX_NODES = 1_000_000
"""Maximum number of nodes with aliases expanded; a thousand models have about 20,000."""


class YamlError(ValueError):
    """The YAML is invalid. ``place`` is the line and column of the error, empty if unknown."""

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
                raise YamlError("a key that is not text", key.start_mark)
            if key.value == "<<":
                raise YamlError("a merge key; write the values out", key.start_mark)
            if key.value in seen:
                raise YamlError(f"duplicate key {shown(key.value)}", key.start_mark)
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
    """Parse the only document in ``text``: mappings with text keys, lists, text, numbers, booleans, ``None``.

    Raises:
        YamlError: the text is not valid YAML, or uses features that stack files do not need.
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
    except ValueError as error:  # An integer with more digits than Python converts.
        raise YamlError(str(error)) from None


def _refuse_excess(text: str) -> None:
    """Reject tags, deep nesting and excessive aliases, from the parser's events alone."""
    anchored: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            _remember(anchored, anchor, nodes - before)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchored:
                raise YamlError(f"alias *{event.anchor} is not defined", event.start_mark)
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
            raise YamlError(f"more than {MAX_NODES:,} values with aliases expanded", event.start_mark)


def _remember(anchored: dict[str, int], anchor: str | None, size: int) -> None:
    if anchor is not None:
        anchored[anchor] = size


def _refuse_tag(event: yaml.NodeEvent) -> None:
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise YamlError(f"tag {shown(tag)}; write the value without a tag", event.start_mark)
