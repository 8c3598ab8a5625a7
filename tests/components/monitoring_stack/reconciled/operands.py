"""What an expression reads, one piece after the other: what is left of it without comparisons, `and` and `unless`.

An alert is silent because nothing is wrong or because nobody exports what it reads. Its operands tell these apart: each
has an answer whenever its series are there and their labels fit together.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]
"""An expression as Prometheus itself parses it: `/api/v1/parse_query`."""

_RENAMED = "exported_"
_COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}


def operands(node: Node) -> Iterator[str]:
    """The largest parts of an expression that always have an answer where their series are there, as PromQL."""
    if not [*_selectors(node)]:
        return
    if _is_whole(node):
        yield text_of(node)
        return
    for child in _children(node):
        yield from operands(child)


def _is_whole(node: Node) -> bool:
    if node["type"] == "binaryExpr" and node["op"] in {*_COMPARISONS, "and", "unless"}:
        return False
    if node["type"] == "binaryExpr" and node["op"] == "or":
        return _is_renamed_or_not(node)
    if node["type"] == "call" and node["func"]["name"].startswith("absent"):
        return False
    return all(map(_is_whole, _children(node)))


def _is_renamed_or_not(node: Node) -> bool:
    """Whether both sides read the same, by labels that Prometheus has renamed and by those that it has not."""
    return text_of(node["lhs"]).replace(_RENAMED, "") == text_of(node["rhs"])


def _selectors(node: Node) -> Iterator[Node]:
    if node["type"] in {"vectorSelector", "matrixSelector"}:
        yield node
    for child in _children(node):
        yield from _selectors(child)


def _children(node: Node) -> Iterator[Node]:
    yield from (node[part] for part in ("lhs", "rhs", "param", "expr") if node.get(part))
    yield from node.get("args", ())


def text_of(node: Node) -> str:
    """An expression as PromQL again, asked of now: the rig has no past that an offset could lead to."""
    return _TEXTS[node["type"]](node)


def _of_selector(node: Node) -> str:
    matchers = (
        f"{each['name']}{each['type']}{json.dumps(each['value'])}"
        # Prometheus sorts them by their names, so that renamed ones are elsewhere.
        for each in sorted(node["matchers"], key=lambda each: each["name"].removeprefix(_RENAMED))
        if (each["name"], each["value"]) != ("__name__", node["name"])
    )
    window = f"[{node['range']}ms]" if node["type"] == "matrixSelector" else ""
    return f"{node['name']}{{{','.join(matchers)}}}{window}"


def _of_subquery(node: Node) -> str:
    step = f"{node['step']}ms" if node["step"] else ""
    return f"{text_of(node['expr'])}[{node['range']}ms:{step}]"


def _of_aggregation(node: Node) -> str:
    inner = ", ".join(text_of(node[part]) for part in ("param", "expr") if node.get(part))
    by = f" {'without' if node['without'] else 'by'} ({', '.join(node['grouping'])})"
    return f"{node['op']}{by if node['grouping'] or node['without'] else ''} ({inner})"


def _of_operation(node: Node) -> str:
    return f"{text_of(node['lhs'])} {node['op']}{_matching(node['matching'])} {text_of(node['rhs'])}"


def _matching(matching: Node | None) -> str:
    if not matching or not (matching["on"] or matching["labels"]):
        return ""
    grouped = {"many-to-one": "group_left", "one-to-many": "group_right"}.get(matching["card"], "")
    of = f" {'on' if matching['on'] else 'ignoring'} ({', '.join(matching['labels'])})"
    return f"{of} {grouped} ({', '.join(matching['include'])})" if grouped else of


_TEXTS = {
    "vectorSelector": _of_selector,
    "matrixSelector": _of_selector,
    "subquery": _of_subquery,
    "aggregation": _of_aggregation,
    "binaryExpr": _of_operation,
    "call": lambda node: f"{node['func']['name']}({', '.join(map(text_of, node['args']))})",
    "parenExpr": lambda node: f"({text_of(node['expr'])})",
    "unaryExpr": lambda node: f"{node['op']}{text_of(node['expr'])}",
    "numberLiteral": lambda node: node["val"],
    "stringLiteral": lambda node: json.dumps(node["val"]),
}
