"""A rollback changes the versions of one model in a stack file, and no other character of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from inferencectl.releases.rollback import write
from inferencectl.releases.stack_file import with_release
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from settings import Exposure, MirrorRelease, Model, Scaling, WorkQueue
from tests.inferencectl.releases.test_release import ONE, released, served

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
    after = with_release(HEAD + iris + versions + TAIL, "iris", NEW, None)
    platform = yaml.safe_load(after)["config"]["inference:platform"]
    assert [each["name"] for each in platform["models"]] == ["mnist", "iris", "last"]
    assert platform["models"][1] == {"name": "iris", "versions": NEW, "size": "2Mi"}
    assert after.startswith(HEAD + iris)
    assert after.endswith(TAIL)


def test_the_last_line_of_a_file() -> None:
    text = HEAD.replace("mnist", "iris").rstrip("\n")
    after = with_release(text, "iris", NEW, None)
    assert yaml.safe_load(after)["config"]["inference:platform"]["models"] == [{"name": "iris", "versions": NEW}]


MIRROR: Mapping[str, Any] = {"strategy": "mirror", "candidate": 2, "percent": 10}


@pytest.mark.parametrize(
    "written",
    [
        "      - name: iris\n        versions: [{version: 5}]  # new\n",
        "      - versions:\n          - {version: 5}  # new\n        name: iris\n",
        "      - {name: iris, versions: [{version: 5}]}  # new\n",
        "      - name: iris\n        release: {strategy: blue-green}\n        versions: [{version: 5}]  # new\n",
        "      - name: iris\n        versions: [{version: 5}]\n        release:\n          strategy: blue-green\n",
    ],
    ids=["none yet", "as first key", "all on one line", "before the versions", "of several lines"],
)
def test_the_strategy_is_written_beside_the_versions(written: str) -> None:
    size, rest = TAIL.split("\n", 1)
    block = "\n".join([size, rest]) if "{name: iris" not in written else rest
    after = with_release(HEAD + written + block, "iris", NEW, MIRROR)
    models = yaml.safe_load(after)["config"]["inference:platform"]["models"]
    assert [each["name"] for each in models] == ["mnist", "iris", "last"]
    assert (models[1]["versions"], models[1]["release"]) == (NEW, MIRROR)
    assert after.startswith(HEAD)
    assert after.endswith(block)


IN_FILE = "      - {name: mnist, size: 2Mi, versions: [{version: 1}]}\n"
"""The model ONE, as much of it as matters here."""


def rolled_back(tmp_path: Path, models: str, lines: list[str], now: Model = ONE) -> str:
    """The stack file after a rollback to a release that mirrored requests."""
    project = Project(root=tmp_path)
    file = project.stack_file("dev")
    file.write_text(HEAD.partition("      - name: mnist")[0] + models, encoding="utf-8")
    mirrored = served((1, 100), (2, 0), release=MirrorRelease(candidate=2, percent=10))
    write(project, "dev", now, released(4, mirrored), lines.append)
    return file.read_text(encoding="utf-8")


def test_a_rollback_brings_the_strategy_back_and_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    after = rolled_back(tmp_path, IN_FILE, lines)
    (model,) = yaml.safe_load(after)["config"]["inference:platform"]["models"]
    assert model["release"] == MIRROR
    assert [each["weight"] for each in model["versions"]] == [100, 0]
    assert lines == [
        "Pulumi.dev.yaml: mnist has the versions of release 4: 1 (100 %), 2 (0 %)",
        "Pulumi.dev.yaml: mnist has its release strategy: mirror, candidate 2, percent 10",
    ]


BY_QUEUE = Scaling(
    min_replicas=0,
    max_replicas=2,
    queue=WorkQueue(query="redis_list_length", length_per_pod=1),
    cold_start_seconds=60,
)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (ONE.model_copy(update={"exposure": Exposure.CLUSTER_IP}), "mirror with exposure cluster-ip"),
        (ONE.model_copy(update={"replicas": None, "scaling": BY_QUEUE}), "0 with release.strategy mirror"),
    ],
)
def test_what_the_other_settings_do_not_allow_is_said_before_the_file_changes(
    tmp_path: Path, now: Model, said: str
) -> None:
    with pytest.raises(SandboxError, match=f"mnist cannot have the versions of release 4: .*{said}") as refused:
        rolled_back(tmp_path, IN_FILE, [], now)
    assert refused.value.exit_code == BAD_INPUT
    assert Project(root=tmp_path).stack_file("dev").read_text(encoding="utf-8").endswith(IN_FILE)


def test_a_release_that_another_program_recorded_is_not_written(tmp_path: Path) -> None:
    project, known = Project(root=tmp_path), released(4, served((1, 100), (2, 0)))
    project.stack_file("dev").write_text(HEAD, encoding="utf-8")
    with pytest.raises(SandboxError, match="mnist cannot have the versions of release 4"):
        write(project, "dev", ONE, replace(known, release={"strategy": "shadow"}), [].append)
    assert project.stack_file("dev").read_text(encoding="utf-8") == HEAD


def test_a_strategy_that_others_share_by_an_alias_is_left_alone(tmp_path: Path) -> None:
    shared = "      - {name: iris, release: &common {strategy: weights}}\n"
    mine = "      - {name: mnist, release: *common, versions: [{version: 1}]}\n"
    with pytest.raises(SandboxError, match="others would change with them"):
        rolled_back(tmp_path, shared + mine, [])
