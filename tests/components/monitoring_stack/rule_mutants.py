"""Small faults of rules: of everything that a condition consists of, and of how long it has to hold."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

Rule = dict[str, Any]

TEXT = r'"[^"]*"'
TOKEN = re.compile(
    rf"""(?P<relabelled>,\ {TEXT},\ {TEXT},\ {TEXT},\ {TEXT}(?=\)))
    |(?P<matchers>\{{(?:[^"{{}}]|{TEXT})*\}})
    |(?P<window>\[\w+\]|\boffset\ \w+)
    |(?P<labels>\b(?:by|on|group_right)\ \([^)]*\))
    |(?P<condition>\b(?:and|or|unless)\b)
    |(?P<name>[a-zA-Z_:][\w:]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<comparison>[<>=!]=|[<>])
    |(?P<open>\()|(?P<close>\))""",
    re.VERBOSE,
)
MATCHER = re.compile(rf"\w+(?:=~|!~|!=|=){TEXT}")
SWAPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "!=", "!=": "=="}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A rule with one fault, under a name of its own, after the recordings that it reads and that read the fault."""

    name: str
    fault: str
    rules: Sequence[Rule]


def mutants(chain: Sequence[Rule]) -> Iterator[Mutant]:
    """All of a rule, the last of ``chain``, and of the recordings before it."""
    number = count()
    for index, rule in enumerate(chain):
        for faulty, fault in _faulty(rule):
            name = f"Mutant{next(number)}"
            of = f"{rule['record']} " if index < len(chain) - 1 else ""
            yield Mutant(name=name, fault=f"{of}{fault}", rules=_renamed(chain, index, faulty, name))


def _renamed(chain: Sequence[Rule], index: int, faulty: Rule, name: str) -> Sequence[Rule]:
    """What differs from ``chain`` because of a faulty rule at ``index``."""
    found = list[Rule]()
    for number, rule in enumerate([*chain[:index], faulty, *chain[index + 1 :]]):
        expr = rule["expr"]
        for known in found:
            original = known["record"].removesuffix(name)
            expr = re.sub(rf"{original}(?=\{{)", known["record"], expr)
        last = number == len(chain) - 1
        if last or number == index or expr != rule["expr"]:
            own = {"alert": name} if "alert" in rule else {"record": name if last else f"{rule['record']}{name}"}
            found.append({**rule, "expr": expr, **own})
    return found


def _faulty(rule: Rule) -> Iterator[tuple[Rule, str]]:
    expr, seen = rule["expr"], Counter[str | None]()
    for token in TOKEN.finditer(expr):
        seen[token.lastgroup] += 1
        for text, fault in _changed(expr, token):
            yield {**rule, "expr": text}, f"{token.lastgroup} {seen[token.lastgroup]}: {fault}"
    lasting = _seconds(rule["for"]) if "for" in rule else None
    if lasting is not None:
        yield {**rule, "for": f"{2 * lasting or 300}s"}, "a longer for"
    if lasting:
        # Rules are evaluated once a minute.
        yield {**rule, "for": f"{lasting // 120 * 60}s"}, "a shorter for"


def _changed(expr: str, token: re.Match[str]) -> Iterator[tuple[str, str]]:
    """Expressions that differ from one in one token, and how they do."""
    before, text, after = expr[: token.start()], token[0], expr[token.end() :]
    if token.lastgroup == "condition":
        yield f"{before.rstrip()}{after[_clause(after) :]}", f"without {text}"
    elif replaced := _REPLACED.get(token.lastgroup or ""):
        for new, fault in replaced(text, before):
            yield f"{before}{new}{after}", fault


def _without_matcher(text: str, before: str) -> Iterator[tuple[str, str]]:
    series, found = re.findall(r"[\w:]*$", before)[0], MATCHER.findall(text)
    for matcher in found:
        yield f"{{{','.join(each for each in found if each is not matcher)}}}", f"without {matcher} of {series}"


def _without_alternative(text: str, _: str) -> Iterator[tuple[str, str]]:
    *before, pattern = re.findall(TEXT, text)
    found = pattern.strip('"').split("|")
    for each in found:
        left = "|".join(other for other in found if other != each)
        yield f', {", ".join(before)}, "{left}"', f"without {each}"


def _without_label(text: str, _: str) -> Iterator[tuple[str, str]]:
    keyword, _, names = text.rstrip(")").partition(" (")
    kept = [name for name in names.split(", ") if name]
    for name in kept:
        yield f"{keyword} ({', '.join(each for each in kept if each != name)})", f"{keyword} without {name}"


def _swapped(text: str, _: str) -> Iterator[tuple[str, str]]:
    yield SWAPPED[text], f"{text} swapped"


def _numbers(text: str, _: str) -> Iterator[tuple[str, str]]:
    value = float(text)
    if not value:
        yield "1", "0 is 1"
        return
    for factor, how in ((2, "doubled"), (0.5, "halved"), (1000, "in a thousandth of the unit")):
        yield f"{value * factor:.12g}", f"{text} {how}"


def _windows(text: str, _: str) -> Iterator[tuple[str, str]]:
    found = re.findall(r"\d+[smhd]", text)[0]
    seconds = _seconds(found)
    for new, how in ((2 * seconds, "doubled"), (seconds // 2, "halved")):
        yield text.replace(found, f"{new}s"), f"{text} {how}"


_REPLACED: Mapping[str, Callable[[str, str], Iterator[tuple[str, str]]]] = {
    "matchers": _without_matcher,
    "relabelled": _without_alternative,
    "labels": _without_label,
    "comparison": _swapped,
    "number": _numbers,
    "window": _windows,
}


def _seconds(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def _clause(after: str) -> int:
    """How far an operand reaches: to the next operator or text beside it, or the end of the parentheses around both."""
    depth = 0
    for token in TOKEN.finditer(after):
        depth += {"open": 1, "close": -1}.get(token.lastgroup or "", 0)
        if depth < 0:
            return token.start()
        if not depth and token.lastgroup == "condition":
            return token.start() - 1
        if not depth and token.lastgroup == "relabelled":
            return token.start()
    return len(after)
