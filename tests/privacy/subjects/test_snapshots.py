"""Which snapshots hold what was erased, and until when, by the policies of either store."""

from typing import Any, cast

import pytest

from privacy.subjects.api import StoreApi
from privacy.subjects.profiles import PROFILES
from privacy.subjects.records import Records
from privacy.subjects.snapshots import held_snapshots, horizon

# Sources: the examples in the documentation of either API; see privacy/subjects/profiles/.
POLICIES = {
    "_slm/policy": {
        "nightly": {"policy": {"repository": "r", "retention": {"expire_after": "30d", "min_count": 5}}},
        "forever": {"policy": {"repository": "r"}},
    },
    "_plugins/_sm/policies": {
        "policies": [
            {"sm_policy": {"name": "nightly", "deletion": {"condition": {"max_age": "30d", "min_count": 5}}}},
            {"sm_policy": {"name": "forever"}},
        ]
    },
}
DAY = 86_400_000


class Recorded:
    """Answers as the store does, from what is given."""

    def __init__(self, key: str, policy: str | None) -> None:
        self._answers = {
            **POLICIES,
            "_snapshot": {"r": {}},
            "_snapshot/r/_all": {
                "snapshots": [
                    self._snapshot("one", 1, ["logs-1"], {key: "nightly"}),
                    self._snapshot("two", 3, [".ds-logs-x-2026-000001"], {key: "nightly"}),
                    self._snapshot("other", 9, ["metrics-1"], {key: "nightly"}),
                    *([self._snapshot("last", 2, ["gone"], {key: policy})] if policy is not None else []),
                ]
            },
        }

    def call(self, _method: str, path: str, **_options: object) -> Any:
        return self._answers[path]

    @staticmethod
    def _snapshot(name: str, day: int, indices: list[str], metadata: dict[str, str]) -> dict[str, Any]:
        times = {"start_time_in_millis": day * DAY - 5, "end_time_in_millis": day * DAY}
        return {"snapshot": name, "indices": indices, "metadata": metadata, **times}


@pytest.mark.parametrize(("profile", "key"), [("elasticsearch", "policy"), ("opensearch", "sm_policy")])
def test_a_snapshot_holds_what_is_called_so_until_its_policy_deletes_it(profile: str, key: str) -> None:
    for policy, expected in ((None, "1970-02-03T00:00:00+00:00"), ("forever", None), ("", None)):
        api = cast("StoreApi", Recorded(key, policy))
        found = held_snapshots(Records(api=api, profile=PROFILES[profile], patterns=("logs-*",)), ["gone"])
        assert [each.snapshot for each in found][:2] == ["one", "two"]
        assert "other" not in {each.snapshot for each in found}
        assert found[0].until == "1970-02-01T00:00:00+00:00"
        assert found[0].note == "by policy nightly, which keeps at least 5"
        assert horizon(found) == expected
