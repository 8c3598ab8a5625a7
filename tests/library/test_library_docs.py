"""docs/library.md: its program runs, and no component is missing."""

import re
from pathlib import Path

import pulumi

import components
from tests.library.foreign import ROOT, record

TEXT = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")


def test_the_program_runs(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    main = tmp_path / "__main__.py"
    main.write_text(program, encoding="utf-8")
    assert record(main, "shop", "dev").outputs == {"digits": "http://digits.models.svc:8501/v1/models/digits"}


def test_every_component_has_a_line() -> None:
    classes = {name for name, value in vars(components).items() if isinstance(value, type)}
    made = {name for name in classes if issubclass(vars(components)[name], pulumi.ComponentResource)}
    _, _, owned = TEXT.partition("## What each component owns")
    assert set(re.findall(r"^\| `(\w+)` \|", owned, re.MULTILINE)) == made
