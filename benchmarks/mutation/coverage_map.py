"""Which fast tests run which line, as one run of them under coverage says."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Those that look at everything that is made of a package.
_WHOLE = {"components": "tests/components/test_golden.py", "settings": "tests/settings/test_settings_stacks.py"}


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

        A statement that is run at import, such as a constant or the field of a class, belongs to all tests of its
        package; for a component that is its folder, and all tests that run anything in it.
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
        """The map that was written to ``path`` as JSON."""
        content = json.loads(path.read_text("utf-8"))
        tests = {file: {int(line): tests for line, tests in lines.items()} for file, lines in content["tests"].items()}
        return cls(tests=tests, seconds=content["seconds"], libraries=content["libraries"])
