"""As much of a report as a comment holds, and an honest list of what it does not hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LIMIT = 64_000
"""Characters. A forge refuses a longer comment as a whole; GitHub's own limit is 65,536."""
_ROOM_FOR_WHAT_IS_LEFT_OUT = 4_000


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some lines that are shown whole or not at all, as `noun` of `stack`; the least `rank` is the last to go."""

    text: str
    stack: str = ""
    noun: str = ""
    rank: int = 0


def fitted(parts: Sequence[Part], whole: str) -> str:
    """The parts in their order, as many as fit by rank, and what was left out if anything was.

    `whole` says where everything is.
    """
    everything = "".join(part.text for part in parts)
    if len(everything) <= LIMIT:
        return everything
    room, kept = LIMIT - _ROOM_FOR_WHAT_IS_LEFT_OUT, set[int]()
    for at in sorted(range(len(parts)), key=lambda at: (parts[at].rank, at)):
        if len(parts[at].text) <= room:
            kept.add(at)
            room -= len(parts[at].text)
    shown = "".join(part.text for at, part in enumerate(parts) if at in kept)
    return shown + _left_out((part for at, part in enumerate(parts) if at not in kept), whole)


def _left_out(parts: Iterable[Part], whole: str) -> str:
    counts = Counter((part.stack, part.noun) for part in parts)
    listed = [f"- {stack}: {count} of: {noun}\n" for (stack, noun), count in counts.items()]
    heading = f"\n---\nThis comment holds {LIMIT:,} characters. Left out, and to be found in {whole}:\n\n"
    text, rest = heading, len(listed)
    for line in listed:
        if len(text) + len(line) > _ROOM_FOR_WHAT_IS_LEFT_OUT - 100:
            return f"{text}- and {sum(counts.values())} parts in all, of {rest} more kinds\n"
        text, rest = text + line, rest - 1
    return text
