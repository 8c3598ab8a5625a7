"""A rollback changes the versions of one model in a stack file, and no other character of it."""

import pytest
import yaml

from inferencectl.releases.stack_file import with_versions

NEW = [
    {"version": 1, "storage": "s3://m/iris/1", "weight": 90},
    {"version": 2, "storage": "s3://m/iris/2", "weight": 10},
]
HEAD = """\
# Of the team.
config:
  inference:platform:
    environment: dev   # for now
    models:
      - name: mnist
        versions: [{version: 7}]
"""
TAIL = """\
        size: 2Mi   # measured
      # the last one
      - {name: last, versions: [{version: 3}]}
"""


@pytest.mark.parametrize(
    "versions",
    [
        "        versions: [{version: 5, storage: x}]\n",
        "        versions:\n          - {version: 5, storage: x}  # new\n          - {version: 6, storage: y}\n",
        "        versions:\n        - version: 5\n          storage: x\n",
        "        versions:\n          - version: 5\n            storage: >-\n              x\n",
    ],
    ids=["on one line", "a line each", "at the key's column", "of several lines"],
)
def test_nothing_else_changes(versions: str) -> None:
    iris = "      - name: iris\n"
    after = with_versions(HEAD + iris + versions + TAIL, "iris", NEW)
    platform = yaml.safe_load(after)["config"]["inference:platform"]
    assert [each["name"] for each in platform["models"]] == ["mnist", "iris", "last"]
    assert platform["models"][1] == {"name": "iris", "versions": NEW, "size": "2Mi"}
    assert after.startswith(HEAD + iris)
    assert after.endswith(TAIL)


def test_the_last_line_of_a_file() -> None:
    text = HEAD.replace("mnist", "iris").rstrip("\n")
    after = with_versions(text, "iris", NEW)
    assert yaml.safe_load(after)["config"]["inference:platform"]["models"] == [{"name": "iris", "versions": NEW}]
