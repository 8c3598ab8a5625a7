"""OpenSearch: snapshots by its plug-in of index management.

Source: https://docs.opensearch.org/latest/tuning-your-cluster/availability-and-recovery/snapshots/sm-api/
"""

from collections.abc import Mapping

from privacy.subjects.api import StoreApi
from privacy.subjects.profiles.profile import NO_SUCH_API, Profile, Retention, duration


def _retentions(api: StoreApi) -> Mapping[str, Retention]:
    found: dict[str, Retention] = {}
    for each in (api.call("GET", "_plugins/_sm/policies", absent=NO_SUCH_API) or {"policies": ()})["policies"]:
        policy = each["sm_policy"]
        condition = policy.get("deletion", {}).get("condition", {})
        age = duration(condition.get("max_age", ""))
        if age is not None:
            found[policy["name"]] = Retention(age=age, at_least=condition.get("min_count", 0))
    return found


PROFILE = Profile(snapshot_types=frozenset({"remote_snapshot"}), policy_key="sm_policy", retentions=_retentions)
