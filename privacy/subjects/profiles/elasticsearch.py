"""Elasticsearch: snapshots by SLM.

Source: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-slm-get-lifecycle
"""

from collections.abc import Mapping

from privacy.subjects.api import StoreApi
from privacy.subjects.profiles.profile import NO_SUCH_API, Profile, Retention, duration


def _retentions(api: StoreApi) -> Mapping[str, Retention]:
    found: dict[str, Retention] = {}
    for name, each in (api.call("GET", "_slm/policy", absent=NO_SUCH_API) or {}).items():
        retention = each["policy"].get("retention") or {}
        age = duration(retention.get("expire_after", ""))
        if age is not None:
            found[name] = Retention(age=age, at_least=retention.get("min_count", 0))
    return found


PROFILE = Profile(snapshot_types=frozenset({"snapshot"}), policy_key="policy", retentions=_retentions)
