"""N11: what is added to the proxies of a mesh limits requests, and does nothing else."""

from collections.abc import Iterator

from node import Node
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_KIND = "networking.istio.io/EnvoyFilter"
# What only refuses requests that Istio's own filters have let in, by the place that they are added to.
_LIMITS = ("envoy.filters.http.buffer", "envoy.filters.http.local_ratelimit")
_AFTER_ALL_OTHERS = "envoy.filters.http.router"


def _patches(filter_: Resource) -> Iterator[Node]:
    yield from filter_.properties.get("spec").get("configPatches").items()


def _only_limits(patch: Node) -> Iterator[Violation]:
    place, operation = patch.get("applyTo"), patch.get("patch").get("operation")
    value = patch.get("patch").get("value")
    match place.text(), operation.text():
        case "HTTP_FILTER", "INSERT_BEFORE":
            yield from _adds_a_limit(patch, value)
        case "VIRTUAL_HOST", "MERGE":
            yield from _changes_only_limits(value)
        case "HTTP_FILTER" | "VIRTUAL_HOST", _:
            yield Violation.of(operation)
        case _:
            yield Violation.of(place)


def _adds_a_limit(patch: Node, value: Node) -> Iterator[Violation]:
    kind = value.get("typed_config").get("@type")
    name = (kind.text() or "").rpartition("/")[2]
    if not name.startswith(tuple(f"envoy.extensions.filters.http.{each}." for each in ("buffer", "local_ratelimit"))):
        # Envoy goes by the type, whatever the filter is called.
        yield Violation.of(kind)
    before = patch.get("match").at("listener", "filterChain", "filter", "subFilter", "name")
    if before.text() != _AFTER_ALL_OTHERS:
        remedy = f"Insert it before {_AFTER_ALL_OTHERS}: before others, it takes requests that nobody has let in."
        yield Violation.of(before, remedy)


def _changes_only_limits(value: Node) -> Iterator[Violation]:
    for name, part in value.entries():
        if name == "typed_per_filter_config":
            yield from (Violation.of(each) for filter_, each in part.entries() if filter_ not in _LIMITS)
        elif name != "rate_limits":
            yield Violation.of(part)


def _selects_pods(filter_: Resource) -> Iterator[Violation]:
    selected = filter_.properties.get("spec").at("workloadSelector", "labels")
    if not selected.entries():
        remedy = "Name the pods in workloadSelector.labels: without, it is added to every proxy, and to the gateways'."
        yield Violation(selected.path, "no labels", remedy)


RULES = (
    Rule(
        id="N11",
        title="EnvoyFilters limit requests, and do nothing else",
        why="An EnvoyFilter is put into the proxy's configuration as it is. Whoever writes one can let everybody in, "
        "read every request and answer it, whatever the mesh's other objects say.",
        severity=Severity.HIGH,
        remedy="Remove the patch, and use the mesh's own objects; limits of a model are in models[].mesh.",
        check=all_of(for_kinds([_KIND], _selects_pods), of_kinds([_KIND], for_each(_patches, _only_limits))),
    ),
)
