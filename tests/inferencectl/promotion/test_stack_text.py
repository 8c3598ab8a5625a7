"""A promotion changes one model in the text of a stack file, and no other character of it."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from inferencectl.promotion.change import Change
from inferencectl.promotion.stack_text import promoted
from tests.inferencectl.releases.test_stack_file import HEAD, TAIL

NEW = {"version": 2, "storage": "s3://m/iris/2", "sha256": "cd" * 32, "weight": 0}


def change(version: Any = NEW, candidate: int | None = None, **keys: Any) -> Change:
    return Change(version=version, candidate=candidate, keys=keys)


def models(text: str) -> list[dict[str, Any]]:
    return yaml.safe_load(text)["config"]["inference:platform"]["models"]


WRITTEN = {
    "on one line": "        versions: [{version: 5, storage: x}]  # new\n",
    "with weight": "        versions: [{version: 5, storage: x, weight: 100}]\n",
    "a line each": "        versions:\n          - {version: 5, storage: x, weight: 90}  # old\n"
    "          # the next\n          - {version: 6, storage: y, weight: 10}  # new\n",
    "at the key's column": "        versions:\n        - version: 5\n          storage: x  # here\n",
    "of several lines": "        versions:\n          - version: 5\n            storage: >-\n              x\n",
    "in a flow of several lines": "        versions: [\n          {version: 5, storage: x},  # old\n        ]\n",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("remark", ["", "iris 2 is not verified in dev: tried by hand"])
def test_a_version_comes_beside_those_that_are_there(written: str, remark: str) -> None:
    before = HEAD + "      - name: iris\n" + written + TAIL
    after = promoted(before, "iris", change(), remark)
    assert after
    assert after.startswith(HEAD)
    assert after.endswith(TAIL)
    old = models(before)[1]["versions"]
    assert models(after)[1]["versions"] == [*({"weight": 100, **each} for each in old), NEW]
    for comment in ("# new", "# old", "# the next", "# here"):
        assert after.count(comment) == before.count(comment)
    assert after.count(f"# {remark}") == bool(remark) if remark else "verified" not in after


def test_versions_on_one_line_get_a_line_each() -> None:
    before = HEAD + "      - name: iris\n        versions: [{version: 5, storage: x}]\n" + TAIL
    after = promoted(before, "iris", change({"version": 6, "weight": 0}), "why")
    lines = ["        versions:", "- {version: 5, storage: x, weight: 100}", "- {version: 6, weight: 0}  # why\n"]
    assert after == HEAD + "      - name: iris\n" + "\n          ".join(lines) + TAIL


def test_a_model_on_one_line_stays_on_it() -> None:
    tail = "      - {name: last, versions: [{version: 3}]}\n"
    before = HEAD + "      - {name: iris, versions: [{version: 5}], batching: {a: 1}, size: 1Mi}  # mine\n" + tail
    after = promoted(
        before, "iris", change({"version": 6, "weight": 0}, batching=None, size="2Mi", warmup="required"), "why"
    )
    versions = "[{version: 5, weight: 100}, {version: 6, weight: 0}]"
    model = f"      - {{name: iris, warmup: required, versions: {versions}, size: 2Mi}}  # mine  # why\n"
    assert after == HEAD + model + tail


def test_keys_are_set_added_and_taken_away() -> None:
    before = f"""\
{HEAD}      # Ours.
      - name: iris
        runtime: triton  # since May
        batching:
          maxBatchSize: 8  # little
        # What it has.
        versions:
          - {{version: 5, weight: 100}}
{TAIL}"""
    after = promoted(before, "iris", change(None, runtime="torchserve", batching=None, stateful=True, size="4Mi"), "")
    assert (
        after
        == f"""\
{HEAD}      # Ours.
      - name: iris
        runtime: torchserve  # since May
        # What it has.
        stateful: true
        versions:
          - {{version: 5, weight: 100}}
{TAIL.replace("2Mi", "4Mi")}"""
    )


def test_a_key_goes_from_the_first_and_from_the_last_place() -> None:
    first = (
        HEAD
        + "      - stateful: true\n        # the name\n        name: iris\n        versions: [{version: 5}]\n"
        + TAIL
    )
    after = promoted(first, "iris", change(None, stateful=None), "")
    assert after == HEAD + "      - # the name\n        name: iris\n        versions: [{version: 5}]\n" + TAIL
    last = HEAD + "      - name: iris\n        versions: [{version: 5}]\n        stateful: true"
    assert promoted(last, "iris", change(None, stateful=None), "") == last.removesuffix("        stateful: true")
    flow = HEAD + "      - {name: iris, versions: [{version: 5}], stateful: true}\n"
    assert promoted(flow, "iris", change(None, stateful=None), "") == flow.replace(", stateful: true", "")


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("{strategy: header, candidate: 4}  # ours", "{strategy: header, candidate: 2}  # ours"),
        ("{strategy: progressive}  # ours", "{strategy: progressive, candidate: 2}  # ours"),
        (
            "\n          strategy: progressive  # ours",
            "\n          strategy: progressive  # ours\n          candidate: 2",
        ),
    ],
)
def test_the_candidate_of_the_strategy_is_named(release: str, expected: str) -> None:
    iris = "      - name: iris\n        versions:\n          - {version: 5, weight: 100}\n        release: %s\n"
    before = HEAD + iris + TAIL
    after = promoted(before % release, "iris", change(candidate=2), "")
    assert after
    assert after == before.replace("weight: 100}\n", f"weight: 100}}\n          - {str_of(NEW)}\n") % expected


def str_of(version: dict[str, Any]) -> str:
    return yaml.safe_dump(version, default_flow_style=True, sort_keys=False, width=1000).strip()


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("[{", "&all [{") + "      - {name: iris, versions: *all}\n",
        HEAD + "      - {name: iris, versions: &all [{version: 5}]}\n      - {name: lily, versions: *all}\n",
        HEAD + "      - {name: iris, versions: [&one {version: 5}]}\n      - {name: lily, versions: [*one]}\n",
    ],
    ids=["an alias", "an anchor of all", "an anchor of one"],
)
def test_what_others_share_is_left_alone(text: str) -> None:
    assert promoted(text, "iris", change(), "") is None


LAYOUTS = st.tuples(
    st.sampled_from(list(WRITTEN.values())), st.booleans(), st.sampled_from(["", "        # a comment\n", "\n"])
)


@settings(deadline=None, max_examples=50)
@given(
    layout=LAYOUTS, keys=st.dictionaries(st.sampled_from(["size", "stateful", "batching"]), st.none() | st.integers())
)
def test_whatever_is_written_says_what_was_meant(layout: tuple[str, bool, str], keys: dict[str, Any]) -> None:
    versions, is_first, between = layout
    parts = ["        stateful: true  # s\n", versions] if is_first else [versions, "        stateful: true  # s\n"]
    before = HEAD + "      - name: iris\n" + between.join(parts) + TAIL
    after = promoted(before, "iris", change(**keys), "")
    assert after
    expected = change(**keys).applied_to(models(before)[1])
    assert models(after) == [models(before)[0], expected, models(before)[2]]
    kept = [line for line in TAIL.splitlines() if "size" not in line]
    assert after.endswith("\n".join(kept) + "\n")
