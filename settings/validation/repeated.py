"""What a list has more than once."""

from collections import Counter
from collections.abc import Iterable, Iterator


def repeated(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each name that is there more than once, with how often, in the order of the first ones."""
    yield from ((name, uses) for name, uses in Counter(names).items() if uses > 1)
