"""D08 and D09: where data may be, and what kind of data it is."""

import re
from collections.abc import Iterator
from functools import partial

from configuration import Configuration
from environment import variables
from node import JsonValue, Node, Path
from rule import Check, Outcome, Rule, Severity, Violation, for_containers, for_each
from scope import CLAIMS, Scope
from subject import Claim, Resource
from workloads import Container, ContainerKind

DATA_CLASS = "inference/data-class"
RESIDENCY = "inference/residency"
_PERSONAL = "personal"
_REGION_VARIABLE = re.compile(r"(?:.*_)?REGION")
_TOPOLOGY = frozenset(
    f"{prefix}/{level}"
    for prefix in ("topology.kubernetes.io", "failure-domain.beta.kubernetes.io")
    for level in ("region", "zone")
)
_SELECTING_OPERATORS = (None, "In")


def _allowed_regions(resource: Resource) -> Iterator[Outcome]:
    if not resource.configuration.regions:
        return
    checks = (_region_of_variables, _region_of_selections)
    for_variables, for_selections = (partial(check, resource.configuration) for check in checks)
    yield from for_containers(for_variables)(resource)
    yield from for_each(_selections, for_selections)(resource)


def _region_of_variables(configuration: Configuration, container: Container) -> Iterator[Violation]:
    for entry in variables(container):
        value = entry.get("value")
        if _is_region(entry) and value.text() and value.text() not in configuration.regions:
            yield Violation.of(value)


def _is_region(variable: Node) -> bool:
    return bool(_REGION_VARIABLE.fullmatch(variable.get("name").text() or ""))


def _region_of_selections(configuration: Configuration, place: Node) -> Iterator[Violation]:
    # A zone's name begins with its region's, wherever a provider has zones.
    if not (place.text() or "").startswith(configuration.regions):
        yield Violation.of(place)


def _selections(resource: Resource) -> Iterator[Node]:
    """The regions and zones that the object asks for: by label, by node selector, affinity or requirement."""
    if resource.kind_name not in ("core/ConfigMap", "core/Secret"):
        for each in resource.objects:
            if isinstance(each.value, dict):
                yield from _places(each.value, each.path)


def _places(value: dict[str, JsonValue], path: Path) -> Iterator[Node]:
    for label in _TOPOLOGY & value.keys():
        if not isinstance(value[label], dict | list):
            yield Node(value[label], (*path, label))
    if _is_place(value.get("key")) and value.get("operator") in _SELECTING_OPERATORS:
        for index, each in enumerate(_list(value.get("values"))):
            yield Node(each, (*path, "values", index))


def _is_place(key: JsonValue) -> bool:
    return isinstance(key, str) and key in _TOPOLOGY


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _names_region(resource: Resource) -> bool:
    """Whether the stack has chosen regions, and the object names one."""
    containers = (each for pod in resource.pods for kind in ContainerKind for each in pod.containers(kind))
    return bool(resource.configuration.regions) and (
        any(True for _ in _selections(resource))
        or any(_is_region(entry) for container in containers for entry in variables(container))
    )


_NAMES_REGION = Scope(("everything that names a region, where the stack has chosen regions",), _names_region)


def _has_data_class(claim: Claim) -> Iterator[Violation]:
    data_class = claim.label(DATA_CLASS)
    if data_class.text() not in claim.owner.configuration.data_classes:
        yield Violation.of(data_class)


def _personal_data_has_residency(claim: Claim) -> Iterator[Violation]:
    if claim.label(DATA_CLASS).text() != _PERSONAL:
        return
    residency, regions = claim.label(RESIDENCY), claim.owner.configuration.regions
    if not residency.text() or (regions and residency.text() not in regions):
        yield Violation.of(residency, f"Set the label {RESIDENCY} to the region that the data must not leave.")


def _claims(resource: Resource) -> tuple[Claim, ...]:
    return resource.claims


RULES = (
    Rule(
        id="D08",
        title="Data stays in the allowed regions",
        why="Data that leaves its region may come under another jurisdiction, and a transfer needs a legal basis "
        "(GDPR, articles 44 to 46).",
        severity=Severity.HIGH,
        remedy="Use one of the regions in the policy configuration, or add this one there.",
        check=Check(_NAMES_REGION, _allowed_regions),
    ),
    Rule(
        id="D09",
        title="Stored data is labelled with its data class",
        why="How long data is kept, who may read it and where it may be depends on what it is. Without a label nobody"
        " knows which volumes hold personal data.",
        severity=Severity.MEDIUM,
        remedy=f"Set the label {DATA_CLASS} to one of dataClasses in the policy configuration.",
        check=Check(CLAIMS, for_each(_claims, _has_data_class, _personal_data_has_residency)),
    ),
)
