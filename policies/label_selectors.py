"""Label selectors, and an index that answers them without looking at everything."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from node import Node

T = TypeVar("T")
Labels = Mapping[str, str]

_OPERATORS: Mapping[str, Callable[[str | None, Sequence[str]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}

_NEGATIVE = ("NotIn", "DoesNotExist")
_NAMESPACE_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class _Expression:
    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: Labels) -> bool:
        operator = _OPERATORS.get(self.operator)
        return operator is not None and operator(labels.get(self.key), self.values)


@dataclass(frozen=True)
class Selector:
    """A label selector; one without requirements selects everything."""

    labels: Labels
    expressions: tuple[_Expression, ...] = ()

    @classmethod
    def of(cls, node: Node) -> "Selector":
        """Read a LabelSelector; raises UnreadableError."""
        expressions = (
            _Expression(
                expression.get("key").text() or "",
                expression.get("operator").text() or "",
                tuple(value.text() or "" for value in expression.get("values").items()),
            )
            for expression in node.get("matchExpressions").items()
        )
        return cls(labels_of(node.get("matchLabels")), tuple(expressions))

    def is_empty(self) -> bool:
        """Whether it selects everything."""
        return not self.labels and not self.expressions

    def selects(self, labels: Labels) -> bool:
        """Whether something with ``labels`` is selected."""
        return self.labels.items() <= labels.items() and all(each.holds(labels) for each in self.expressions)


def names_nothing(selector: Node) -> bool:
    """Whether a LabelSelector selects by no label of its own: everything, or all but some; raises UnreadableError.

    Every namespace has the label of its name, so that its presence selects all of them.
    """
    expressions = selector.get("matchExpressions").items()
    return not selector.get("matchLabels").entries() and all(
        expression.get("operator").text() in _NEGATIVE
        or (expression.get("operator").text() == "Exists" and expression.get("key").text() == _NAMESPACE_NAME)
        for expression in expressions
    )


def labels_of(node: Node) -> dict[str, str]:
    """The labels in ``node``; raises UnreadableError."""
    return {key: value.text() or "" for key, value in node.entries()}


@dataclass
class LabelIndex(Generic[T]):
    """Things in namespaces, found by selectors in the time of the rarest label that a selector asks for."""

    _all: dict[str, list[tuple[Labels, T]]] = field(default_factory=lambda: defaultdict(list))
    _by_label: dict[tuple[str, str, str], list[tuple[Labels, T]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, namespace: str, labels: Labels, thing: T) -> None:
        """Put ``thing`` into the index."""
        self._all[namespace].append((labels, thing))
        for key, value in labels.items():
            self._by_label[namespace, key, value].append((labels, thing))

    def selected(self, namespace: str, selector: Selector) -> list[T]:
        """What ``selector`` selects in ``namespace``."""
        postings: Iterable[list[tuple[Labels, T]]] = (
            self._by_label.get((namespace, key, value), []) for key, value in selector.labels.items()
        )
        candidates = min(postings, key=len, default=self._all.get(namespace, []))
        return [thing for labels, thing in candidates if selector.selects(labels)]

    def namespaces(self) -> list[str]:
        """The namespaces that things are in."""
        return list(self._all)
