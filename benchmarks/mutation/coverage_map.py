"""Which fast tests run which line, as one run of them under coverage says."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_WHOLE_MANIFESTS = "tests/components/test_golden.py"


@dataclass(frozen=True)
class CoverageMap:
    """Tests by the lines that they run."""

    tests: Mapping[str, Mapping[int, Sequence[str]]]
    """Node ids by file, relative to the checkout, and line; a line that is run at import only has none."""
    seconds: Mapping[str, float]
    """How long each test took."""
    libraries: Sequence[str]
    """The modules of others that the tests import."""

    def covering(self, path: Path, lines: Collection[int]) -> list[str]:
        """The tests to ask about a change of a statement, in the order in which one is likely to fail soon.

        First come those that look at whole manifests, then those of its own package, each quick ones before slow.

        A statement that is run at import, such as a constant or the field of a class, belongs to all tests that run
        anything in its folder, and to those of its package.
        """
        by_line = self.tests.get(str(path), {})
        found = {test for line in lines for test in by_line.get(line, ())}
        package = f"tests/{path.parts[0]}/{path.parts[1] if path.parts[0] == 'components' else ''}"
        if not found:
            beside = [file for file in self.tests if Path(file).parent == path.parent]
            found = {test for file in beside for tests in self.tests[file].values() for test in tests}
            found |= {test for test in self.seconds if test.startswith(package)}
        first = (_WHOLE_MANIFESTS, package)
        return sorted(
            found & self.seconds.keys(),
            key=lambda test: (*(not test.startswith(prefix) for prefix in first), self.seconds[test]),
        )

    @classmethod
    def read(cls, path: Path) -> "CoverageMap":
        """The map that was written to ``path`` as JSON."""
        content = json.loads(path.read_text("utf-8"))
        tests = {file: {int(line): tests for line, tests in lines.items()} for file, lines in content["tests"].items()}
        return cls(tests=tests, seconds=content["seconds"], libraries=content["libraries"])
