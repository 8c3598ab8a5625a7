"""The records of a store that are about one person, or about several."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from privacy.errors import PrivacyError
from privacy.subjects.api import StoreApi
from privacy.subjects.profiles import Profile

MOUNTED = ("restored-", "partial-")
"""What a lifecycle puts before the name of an index that it mounts from a snapshot."""

_OPEN = "ignore_unavailable=true&allow_no_indices=true&expand_wildcards=open,hidden"
_WHOLE = f"{_OPEN}&allow_partial_search_results=false"
_PAGE = 1000
_MOST_INDICES = 10_000
_BLOCKS = ("read_only", "read_only_allow_delete", "write")
_EXACT = frozenset({"keyword", "constant_keyword", "wildcard", "unmapped"})


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records in the indices of `patterns`: names with wildcards, aliases or data streams."""

    api: StoreApi
    profile: Profile
    patterns: tuple[str, ...]

    def names(self) -> list[str]:
        """The indices that there are, also hidden and mounted ones.

        Raises:
            PrivacyError: there is none, or one is closed, so that nobody can say what it holds.
        """
        query = "format=json&h=index,status&expand_wildcards=all"
        found = self.api.call("GET", f"_cat/indices/{self._path}?{query}", absent=frozenset({404})) or []
        if not found:
            raise PrivacyError(
                f"{self.api.url}: no index is called {', '.join(self.patterns)}",
                "set indices to where the records are",
                bad_input=True,
            )
        if closed := sorted(each["index"] for each in found if each["status"] != "open"):
            raise PrivacyError(
                f"{', '.join(closed)}: closed, so that its records cannot be looked at",
                "open it (POST INDEX/_open) or delete it, and run the command again",
            )
        return sorted(each["index"] for each in found)

    def require_exact(self, fields: Sequence[str]) -> None:
        """Refuse fields that a search by value does not find: it would say that there is nothing.

        Raises:
            PrivacyError: no index has any of them, or one has it as another type than keyword.
        """
        query = f"fields={quote(','.join(fields))}&include_unmapped=true&{_OPEN}"
        found = self.api.call("GET", f"{self._path}/_field_caps?{query}")["fields"]
        # Of a field in an object the answer has that object too.
        mapped = {name: types for name, types in found.items() if name in fields and set(types) != {"unmapped"}}
        if not mapped:
            raise PrivacyError(
                f"{', '.join(self.patterns)}: no index has a field {' or '.join(fields)}",
                "set subjectField and plainFields to where the records name a person",
                bad_input=True,
            )
        for name, types in mapped.items():
            for kind, each in types.items():
                if kind not in _EXACT or not (each["searchable"] or kind == "unmapped"):
                    where = ", ".join(each.get("indices", self.patterns))
                    raise PrivacyError(
                        f"{where}: {name} is of type {kind}, by which a person is not found with certainty",
                        "map it as keyword in the index template, and reindex what is older",
                    )

    def refresh(self, indices: Sequence[str]) -> None:
        """Make all that was written visible."""
        for index in indices:
            self.api.call("POST", f"{quote(index)}/_refresh")

    def count(self, query: Mapping[str, Any]) -> dict[str, int]:
        """How many records each index has; those without any are left out."""
        body = {
            "size": 0,
            "query": query,
            "track_total_hits": True,
            "aggs": {"indices": {"terms": {"field": "_index", "size": _MOST_INDICES}}},
        }
        found = self.api.call("POST", f"{self._path}/_search?{_WHOLE}", body)
        if found["timed_out"] or found["_shards"]["failed"]:
            raise PrivacyError(
                f"{self.api.url}: not all parts of the indices have answered", "run the command again when they do"
            )
        return {each["key"]: each["doc_count"] for each in found["aggregations"]["indices"]["buckets"]}

    def read(self, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The records with their index and id, page by page."""
        body = {"size": _PAGE, "query": query, "sort": ["_doc"]}
        page = self.api.call("POST", f"{self._path}/_search?scroll=5m&{_WHOLE}", body)
        try:
            while hits := page["hits"]["hits"]:
                yield from ({"index": hit["_index"], "id": hit["_id"], "record": hit["_source"]} for hit in hits)
                page = self.api.call("POST", "_search/scroll", {"scroll": "5m", "scroll_id": page["_scroll_id"]})
        finally:
            self.api.call("DELETE", "_search/scroll", {"scroll_id": page["_scroll_id"]}, absent=frozenset({404}))

    def values(self, field: str) -> Iterator[str]:
        """Every value that a field has in some record, once."""
        after: Mapping[str, Any] = {}
        while True:
            source = {"size": _PAGE, "sources": [{"value": {"terms": {"field": field}}}], **after}
            body = {"size": 0, "aggs": {"values": {"composite": source}}}
            found = self.api.call("POST", f"{self._path}/_search?{_WHOLE}", body)["aggregations"]["values"]
            yield from (each["key"]["value"] for each in found["buckets"])
            if "after_key" not in found:
                return
            after = {"after": found["after_key"]}

    def require_erasable(self, indices: Sequence[str]) -> None:
        """Refuse indices from which nothing can be deleted, all at once.

        Raises:
            PrivacyError: with the way out for each of them.
        """
        blocked = [(index, reason) for index in indices if (reason := self._why_not(index))]
        if blocked:
            raise PrivacyError(
                "nothing was erased, as records of this person are where nothing can be deleted: "
                + ", ".join(index for index, _ in blocked),
                "\n".join(f"{index}: {reason}" for index, reason in blocked),
            )

    def _why_not(self, index: str) -> str:
        (found,) = self.api.call("GET", f"{quote(index)}/_settings?flat_settings=true").values()
        settings = found["settings"]
        if settings.get("index.store.type") in self.profile.snapshot_types:
            return (
                "its records lie in a snapshot, which never changes. Restore that snapshot under another name, erase "
                "there, take a new snapshot, then delete this index and the old snapshot"
            )
        held = [f"index.blocks.{name}" for name in _BLOCKS if settings.get(f"index.blocks.{name}") == "true"]
        if held:
            return (
                f"read-only by {', '.join(held)}. Set that to null (PUT INDEX/_settings), erase, and set it again; "
                "where the disk is full, free some first"
            )
        return ""

    @property
    def _path(self) -> str:
        mounted = [prefix + pattern for pattern in self.patterns for prefix in MOUNTED]
        return quote(",".join((*self.patterns, *mounted)), safe=",*")
