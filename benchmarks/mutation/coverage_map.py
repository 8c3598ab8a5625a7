"""The fast tests that run each line, as measured by running them once under coverage."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# The tests that check everything that a package generates.
_WHOLE = {"components": "tests/components/test_golden.py", "settings": "tests/settings/test_settings_stacks.py"}


@dataclass(frozen=True)
class CoverageMap:
    """The tests that run each line."""

    tests: Mapping[str, Mapping[int, Sequence[str]]]
    """Node IDs by file, relative to the checkout, and line; none for a line that runs only at import."""
    seconds: Mapping[str, float]
    """The duration of each test."""
    libraries: Sequence[str]
    """The third-party and standard modules that the tests import."""

    def covering(self, path: Path, lines: Collection[int]) -> list[str]:
        """The tests to run for a change to ``lines``, those that are likely to fail soon first.

        A statement that runs at import, such as a constant or a class field, is covered by all tests of its package;
        for a component, by those of its folder and all tests that run any code in it.
        """
        found = {test for line in lines for test in self.tests.get(str(path), {}).get(line, ())}
        is_component = path.parts[0] == "components"
        package = f"tests/components/{path.parts[1]}" if is_component else "tests/settings/"
        if not found:
            found = {test for test in self.seconds if test.startswith(package)}
            if is_component:
                beside = [file for file in self.tests if Path(file).parent == path.parent]
                found |= {test for file in beside for tests in self.tests[file].values() for test in tests}
        first = (_WHOLE[path.parts[0]], package)
        return sorted(
            found & self.seconds.keys(),
            key=lambda test: (*(not test.startswith(prefix) for prefix in first), self.seconds[test]),
        )

    @classmethod
    def read(cls, path: Path) -> "CoverageMap":
        """The map saved in ``path`` as JSON."""
        content = json.loads(path.read_text("utf-8"))
        tests = {file: {int(line): tests for line, tests in lines.items()} for file, lines in content["tests"].items()}
        return cls(tests=tests, seconds=content["seconds"], libraries=content["libraries"])
