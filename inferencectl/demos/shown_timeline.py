"""What demonstrations of a timeline have in common: a sandbox of their own, stretches of time, and what is shown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from rich.markup import escape

from inferencectl.console import OUT
from inferencectl.demos.drawing import Pictures, Seen
from inferencectl.deployer import deployment_lock
from inferencectl.workspace.errors import INTERRUPTED, SandboxError


@dataclass(frozen=True, kw_only=True)
class Stretch(Generic[Seen]):
    """A part of a demonstration as it happened: its samples, from its first second to its last."""

    samples: Sequence[Seen]

    @property
    def begin(self) -> float:
        """The time of the first sample, in seconds after the start."""
        return self.samples[0].seconds

    @property
    def end(self) -> float:
        """The time of the last sample, in seconds after the start."""
        return self.samples[-1].seconds


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """The context has the sandbox of `lock` to itself, and deletes what it makes.

    Raises:
        SandboxError: another process has it; or the context was interrupted.
    """
    with deployment_lock(lock):
        try:
            yield
        except KeyboardInterrupt:
            raise SandboxError(
                "interrupted", "everything that it created has been deleted", exit_code=INTERRUPTED
            ) from None


def present(pictures: Pictures, svg: str, json: str, sentences: Sequence[str]) -> None:
    """Write the picture and the data, and print what they show."""
    pictures.write(svg, json)
    for sentence in sentences:
        OUT.print(escape(sentence), highlight=False)
    OUT.print(f"wrote {pictures.svg} and {pictures.json}", highlight=False)


def clock(seconds: float) -> str:
    """Minutes and seconds after the start."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
