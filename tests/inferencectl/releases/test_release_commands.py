"""History and rollback through the command line, on a stack of one model; the tests run in this order."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import BAD_INPUT, FAILED
from tests.inferencectl.checkout import STACK, Checkout, Finished, finish, model, removed, tiny, until

COMMENT = "# kept"
GIANT = {"giant": {"cpu": 900, "memory": "8Gi"}}


def version(number: int, **fields: Any) -> Mapping[str, object]:
    return {"version": number, "storage": f"s3://models/iris/{number}", "sha256": "ab" * 32, **fields}


@pytest.fixture(scope="module")
def checkout(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with removed(Checkout.copied_to(tmp_path_factory.mktemp("releases"))) as made:
        yield made


def write(checkout: Checkout, number: int, **fields: Any) -> None:
    """Give the stack a model of that version only, in a file with a comment."""
    wanted = model(versions=[version(number)], replicas=1, **fields)
    checkout.write(STACK, tiny(wanted) | {"resourceClasses": GIANT, "quota": {"cpu": 9000}})
    file = checkout.project.stack_file(STACK)
    file.write_text(f"{COMMENT}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")


def released(checkout: Checkout, number: int) -> Finished:
    write(checkout, number)
    return checkout.on_stack("up")


def history(checkout: Checkout) -> list[tuple[int, str, list[int]]]:
    """Number, result and versions of each release."""
    reported = checkout.on_stack("history", "--model", "iris", "--json")
    assert reported.code == 0, reported.err
    releases = json.loads(reported.out)["releases"]
    return [(each["number"], each["result"], [part["version"] for part in each["versions"]]) for each in releases]


def test_nothing_runs_yet(checkout: Checkout) -> None:
    for command in ("history", "rollback"):
        refused = checkout.on_stack(command, "--model", "iris")
        assert (refused.code, refused.is_plain) == (FAILED, True)
        assert f"start it with: make up STACK={STACK}" in refused.err


def test_the_first_release_has_nothing_to_go_back_to(checkout: Checkout) -> None:
    assert released(checkout, 1).code == 0
    refused = checkout.on_stack("rollback", "--model", "iris")
    assert (refused.code, refused.is_plain) == (BAD_INPUT, True)
    assert "its releases are 1" in refused.err


def test_a_model_that_is_not_there_is_named(checkout: Checkout) -> None:
    for command in ("history", "rollback"):
        refused = checkout.on_stack(command, "--model", "lily")
        assert (refused.code, refused.is_plain) == (BAD_INPUT, True)
        assert "name one of iris" in refused.err


def test_a_release_that_does_not_come_goes_back_to_the_last_good_one(checkout: Checkout) -> None:
    second = released(checkout, 2)
    assert second.code == 0
    assert "iris: all requests go to version 2 (before: all requests go to version 1)" in second.err
    again = released(checkout, 2)
    assert "no changes" in again.out
    assert "before:" not in again.err
    write(checkout, 3, resources="giant")
    stuck = checkout.start("up", "--stack", STACK)
    until(stuck, "waiting for Deployment")
    stuck.kill()
    finish(stuck)
    assert history(checkout) == [(1, "succeeded", [1]), (2, "succeeded", [2]), (3, "unfinished", [3])]
    write(checkout, 3)
    back = checkout.on_stack("rollback", "--model", "iris")
    assert back.code == 0, back.err
    assert f"Pulumi.{STACK}.yaml: iris has the versions of release 2: 2" in back.err
    assert "Deployment iris-v2" in back.out
    assert "iris-v3" not in back.out
    assert checkout.project.stack_file(STACK).read_text(encoding="utf-8").startswith(COMMENT)
    assert history(checkout)[3:] == [(4, "succeeded", [2])]


def test_any_release_can_be_gone_back_to(checkout: Checkout) -> None:
    back = checkout.on_stack("rollback", "--model", "iris", "--to", "1", "--json")
    assert back.code == 0, back.err
    workloads = json.loads(back.out)["access"]["workloads"]
    assert [(each["name"], each["ready"]) for each in workloads] == [("iris-v1", 1)]
    again = checkout.on_stack("rollback", "--model", "iris", "--to", "1")
    assert again.code == BAD_INPUT
    assert "has the versions of release 1 of iris already" in again.err


def test_history_is_a_table_for_people(checkout: Checkout) -> None:
    reported = checkout.on_stack("history", "--model", "iris")
    assert reported.code == 0, reported.err
    assert reported.is_plain
    first, *rows = reported.out.splitlines()
    assert max(map(len, reported.out.splitlines())) <= 80
    assert first.split() == ["no.", "when", "(UTC)", "result", "versions", "strategy", "by", "commit"]
    assert [row.split()[3] for row in rows] == ["succeeded", "succeeded", "unfinished", "succeeded", "succeeded"]


def test_what_is_written_in_another_way_is_left_alone(checkout: Checkout) -> None:
    file = checkout.project.stack_file(STACK)
    shared = {"versions": [version(1)]}
    text = yaml.safe_dump({"config": {"inference:platform": tiny(model() | shared, model("lily") | shared)}})
    assert "&id" in text
    file.write_text(text, encoding="utf-8")
    refused = checkout.on_stack("rollback", "--model", "iris", "--to", "2")
    assert (refused.code, refused.is_plain) == (BAD_INPUT, True)
    assert "the versions of iris are written such that others would change with them" in refused.err
    assert file.read_text(encoding="utf-8") == text
