"""The pictures in the documentation are what a real Prometheus answers to the queries."""

from tests.components.monitoring_stack.dashboards.made import read
from tests.components.monitoring_stack.dashboards.pictures import DIRECTORY, pictures

LARGEST_BYTES = 100_000


def test_the_pictures_are_those_of_the_dashboards() -> None:
    drawn = {path.stem: path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.svg")}
    assert drawn == pictures(), "run python -m tests.components.monitoring_stack.dashboards.pictures"


def test_they_are_small_and_each_dashboard_has_one() -> None:
    files = [*DIRECTORY.glob("*.svg")]
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES
    assert {path.stem for path in files} == {*read()}
    page = (DIRECTORY.parent / "dashboards.md").read_text(encoding="utf-8")
    assert all(f"](dashboards/{path.name})" in page for path in files)
