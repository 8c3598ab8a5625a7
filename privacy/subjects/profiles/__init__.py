"""Where the stores differ: what of snapshots is whose, and when it goes."""

from collections.abc import Mapping

from privacy.subjects.profiles import elasticsearch, opensearch
from privacy.subjects.profiles.profile import Profile, Retention

PROFILES: Mapping[str, Profile] = {
    "elasticsearch": elasticsearch.PROFILE,
    "opensearch": opensearch.PROFILE,
}

__all__ = ["PROFILES", "Profile", "Retention"]
