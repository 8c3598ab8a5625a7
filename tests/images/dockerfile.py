"""Dockerfiles as lists of instructions, read as far as the tests ask."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "model_images"


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile; `name` is the folder that it is in."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.parent.name

    @cached_property
    def instructions(self) -> Sequence[tuple[str, str]]:
        """Keyword and arguments of each instruction, continued lines joined."""
        lines = [line for line in self.path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
        return [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in whole.splitlines() if line)]

    def all(self, keyword: str) -> list[str]:
        return [rest for each, rest in self.instructions if each == keyword]

    @property
    def arguments(self) -> Mapping[str, str]:
        """The build arguments that have a default."""
        return dict(argument.split("=", 1) for argument in self.all("ARG") if "=" in argument)

    @property
    def stages(self) -> Mapping[str, str]:
        """What each stage is built on, by its name; the last one's is empty where it has none."""
        found = [re.fullmatch(r"(\S+)(?: AS (\S+))?", rest) for rest in self.all("FROM")]
        return {match[2] or "": match[1] for match in found if match}

    def lineage(self, stage: str, build: str = "cpu") -> list[str]:
        """What a stage is built on, from the next stage down to the image."""
        base = self.stages[stage].replace("${BUILD}", build)
        return [base, *(self.lineage(base, build) if base in self.stages else [])]


DOCKERFILES = [Dockerfile(path) for path in sorted(IMAGES.glob("*/Dockerfile"))]
