"""Every mutant that mutmut's operators can generate from a source file, and samples of them.

mutmut's own runner skips class bodies, module constants and decorated functions, which contain the limits and the
validators of the settings. Therefore its operators are applied here, to one syntax tree at a time.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import cast

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import deep_replace
from mutmut.mutation.mutators import mutation_operators

SHOWN_CHARACTERS = 90

# Not mutated: the wording of errors and of types in the reference, exports, decorators and imports.
_WORDING = ("refuse", "Finding", "Problem", "named_text", "WithJsonSchema")
_SKIPPED = (
    m.Import()
    | m.ImportFrom()
    | m.Raise()
    | m.Decorator()
    | m.Expr(value=m.SimpleString() | m.ConcatenatedString())
    | m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
    | m.Call(func=m.Name("len") | m.Name("isinstance"))
)
_TEXT_OF_AN_ERROR = m.Call(func=m.OneOf(*map(m.Name, _WORDING)))


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A change to a file. ``lines`` are those of the changed statement, which determine its tests."""

    path: Path
    """Relative to the checkout."""
    line: int
    lines: range
    change: str
    """The code before and after, in one line."""
    source: str
    """The content of the changed file."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.change}"


@dataclass(frozen=True)
class _Change:
    before: cst.CSTNode
    after: cst.CSTNode
    statement: range


def sample(checkout: Path, paths: Sequence[Path], count: int, seed: int) -> list[Mutant]:
    """About ``count`` of all mutants, from every file in proportion to its number of mutants."""
    modules = {path: MetadataWrapper(cst.parse_module((checkout / path).read_text("utf-8"))) for path in paths}
    changes = {path: list(_changes(module)) for path, module in modules.items()}
    total = sum(map(len, changes.values()))
    return [
        _mutant(path, modules[path], change)
        for path, found in changes.items()
        for change in _chosen(found, math.ceil(count * len(found) / total), f"{seed} {path}")
    ]


def _chosen(found: Sequence[_Change], count: int, seed: str) -> list[_Change]:
    chooser = random.Random(seed)  # noqa: S311 - a reproducible sample
    return [found[index] for index in sorted(chooser.sample(range(len(found)), min(count, len(found))))]


def _mutant(path: Path, wrapper: MetadataWrapper, change: _Change) -> Mutant:
    module = wrapper.module
    before, after = (" ".join(module.code_for_node(node).split()) for node in (change.before, change.after))
    position = _positions(wrapper)[change.before]
    lines = range(min(change.statement.start, position.start.line), max(change.statement.stop, position.end.line + 1))
    changed = cast("cst.Module", deep_replace(module, change.before, change.after))
    return Mutant(path=path, line=position.start.line, lines=lines, change=_shown(before, after), source=changed.code)


def _shown(before: str, after: str) -> str:
    """Two texts from shortly before they differ, each cut to `SHOWN_CHARACTERS`."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    start = max(0, same - SHOWN_CHARACTERS // 2)
    return " → ".join(f"{'…' if start else ''}{text[start:]}"[:SHOWN_CHARACTERS] for text in (before, after))


def _positions(wrapper: MetadataWrapper) -> Mapping[cst.CSTNode, CodeRange]:
    return cast("Mapping[cst.CSTNode, CodeRange]", wrapper.resolve(PositionProvider))


def _changes(wrapper: MetadataWrapper) -> Iterator[_Change]:
    visitor = _Visitor(_positions(wrapper))
    wrapper.module.visit(visitor)
    yield from visitor.changes


class _Visitor(cst.CSTVisitor):
    """Collects the changes to a module, each with the lines of its statement."""

    def __init__(self, positions: Mapping[cst.CSTNode, CodeRange]) -> None:
        super().__init__()
        self.changes: list[_Change] = []
        self._positions = positions
        self._statements = [range(1, 2)]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            self._statements.append(self._lines(node))
        if m.matches(node, _SKIPPED):
            return False
        if isinstance(node, cst.Annotation):
            # In a type, only the limits that it is annotated with are mutated.
            for call in m.findall(node, m.Call()):
                call.visit(self)
            return False
        if m.matches(node, _TEXT_OF_AN_ERROR):
            for argument in cst.ensure_type(node, cst.Call).args:
                if m.matches(argument, m.Arg(keyword=m.Name("path"))):
                    argument.visit(self)
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind) and node in self._positions:
                self.changes.extend(_Change(node, after, self._statements[-1]) for after in operator(node))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            self._statements.pop()

    def _lines(self, node: cst.CSTNode) -> range:
        """All lines of a simple statement, the first one of a compound statement."""
        position = self._positions[node]
        last = position.end.line if isinstance(node, cst.SimpleStatementLine) else position.start.line
        return range(position.start.line, last + 1)
