"""A promotion as a change of the text of a stack file: comments and layout stay, and whatever it does not mean."""

from collections.abc import Iterator
from typing import Any

import yaml

from inferencectl.promotion.change import Change
from inferencectl.releases.stack_file import Edit, end_of, flow, model_node, models_in, value_of, with_edits

Pair = tuple[yaml.Node, yaml.Node]


def promoted(text: str, model: str, change: Change, remark: str) -> str | None:
    """The text of a stack file with the change of that model, and a `remark` as a comment beside the version, if any.

    None where the model is written such that others would change with it, as by an alias.
    """
    try:
        node = model_node(yaml.compose(text), model)
        after = with_edits(text, _edits(text, node, change, f"  # {remark}" if remark else ""))
        return after if yaml.safe_load(after) == _expected(text, model, change) else None
    except yaml.YAMLError:
        return None


def _expected(text: str, model: str, change: Change) -> Any:  # noqa: ANN401 - any content of a stack file
    content = yaml.safe_load(text)
    made = [change.applied_to(each) if each["name"] == model else each for each in models_in(content)]
    content["config"]["inference:platform"] = {**content["config"]["inference:platform"], "models": made}
    return content


def _edits(text: str, model: yaml.MappingNode, change: Change, remark: str) -> Iterator[Edit]:
    pairs: dict[str, Pair] = {name.value: (name, value) for name, value in model.value}
    for key, value in change.keys.items():
        if key in pairs:
            old = pairs[key][1]
            made = (old.start_mark.index, end_of(text, old), flow(value))
            yield _without(text, model, pairs[key]) if value is None else made
    if added := {key: value for key, value in change.keys.items() if key not in pairs and value is not None}:
        # Before the versions there is no comment that would change its place.
        here = pairs["versions"][0].start_mark
        separator = ", " if model.flow_style else f"\n{' ' * here.column}"
        written = "".join(f"{key}: {flow(value)}{separator}" for key, value in added.items())
        yield here.index, here.index, written
    if change.version is not None:
        yield from _with_version(text, model, pairs["versions"], change, remark)
    if change.candidate is not None:
        yield _with_key(text, value_of(model, "release"), "candidate", change.candidate)


def _with_version(text: str, model: yaml.MappingNode, pair: Pair, change: Change, remark: str) -> Iterator[Edit]:
    name, versions = pair
    start, end, made = versions.start_mark.index, end_of(text, versions), flow(change.version)
    weights = [_with_key(text, each, "weight", 100) for each in versions.value if not _has(each, "weight")]
    if not _is_flow(versions):
        line_end = _line_end(text, end)
        item = f"\n{' ' * versions.start_mark.column}- {made}{remark}"
        # Of a version over several lines, its weight has the line before that of the new one.
        before = "".join(weight for at, _, weight in weights if at == line_end)
        yield from (edit for edit in weights if edit[0] != line_end)
        yield line_end, line_end, before + item
        return
    gap = text.index(":", name.end_mark.index) + 1
    if model.flow_style or "#" in text[start:end] or text[gap:start].strip(" "):
        yield from weights
        last = versions.value[-1].end_mark.index
        yield last, last, f", {made}"
        if remark:
            yield _line_end(text, end), _line_end(text, end), remark
        return
    yield gap, end, _lines(text, versions, name.start_mark.column + 2, made) + remark


def _lines(text: str, versions: yaml.Node, column: int, made: str) -> str:
    """The versions that shared a line, one a line, and a further one."""
    items = []
    for each in versions.value:
        first = each.start_mark.index
        item = text[first : each.end_mark.index]
        if not _has(each, "weight"):
            at, _, weight = _with_key(text, each, "weight", 100)
            item = item[: at - first] + weight + item[at - first :]
        items.append(item)
    return "".join(f"\n{' ' * column}- {item}" for item in [*items, made])


def _with_key(text: str, mapping: yaml.Node, key: str, value: object) -> Edit:
    if _has(mapping, key):
        old = value_of(mapping, key)
        return old.start_mark.index, end_of(text, old), flow(value)
    end = end_of(text, mapping.value[-1][1])
    if _is_flow(mapping):
        return end, end, f", {key}: {flow(value)}"
    line_end = _line_end(text, end)
    return line_end, line_end, f"\n{' ' * mapping.start_mark.column}{key}: {flow(value)}"


def _without(text: str, model: yaml.MappingNode, pair: Pair) -> Edit:
    name, value = pair
    start, end = name.start_mark.index, end_of(text, value)
    index = next(index for index, each in enumerate(model.value) if each[0] is name)
    if not model.flow_style:
        # With the rest of its line; the first key of a list leaves its place to the next one.
        line, rest = text.rfind("\n", 0, start) + 1, _line_end(text, end) + 1
        is_first = bool(text[line:start].strip())
        return (start, rest + len(text[rest:]) - len(text[rest:].lstrip()), "") if is_first else (line, rest, "")
    if index + 1 < len(model.value):
        return start, model.value[index + 1][0].start_mark.index, ""
    return end_of(text, model.value[index - 1][1]), end, ""


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _has(mapping: yaml.Node, key: str) -> bool:
    return any(name.value == key for name, _ in mapping.value)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found
