"""From one release strategy to another: at each step of the change, clients are where one of the two has them."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from components import ModelService
from inferencectl.deployer import KubernetesObject, kubernetes_objects
from inferencectl.deployer.objects import waves
from inferencectl.program.recording import record
from tests.components.models import MODELS, RELEASES, model, service_args, version

Addresses = Mapping[str, Mapping[str, Any]]
"""The spec of the route and of the stable Service, by kind."""

KINDS = ("HTTPRoute", "Service")
SHARES = {"weights": [(90, 10), (10, 90)], "blue-green": [(100, 0), (0, 100)]}
SHARES |= dict.fromkeys(("sticky-cookie", "sticky-header"), SHARES["weights"])
RELEASE = {"weights": model().release, **{kind: fields["release"] for kind, fields in RELEASES.items()}}
CASES = [(kind, weights) for kind in RELEASE for weights in SHARES.get(kind, [(100, 0)])]

Case = tuple[str, tuple[int, ...]]


@cache
def objects(case: Case) -> tuple[KubernetesObject, ...]:
    kind, weights = case
    versions = tuple(version(number, weight) for number, weight in enumerate(weights, 1))
    args = service_args(model(**{**MODELS["gateway"], "release": RELEASE[kind], "versions": versions}))

    def program() -> None:
        ModelService("mnist", args)

    return tuple(kubernetes_objects(record(program, project="inference", stack="test")))


def addresses(case: Case) -> tuple[Addresses, list[str]]:
    """The addresses of a case, and their kinds in the order in which they change."""
    made = objects(case)
    depth = waves(made)
    found = {item.key.kind: item for item in made if item.key.name == "mnist" and item.key.kind in KINDS}
    order = sorted(found, key=lambda kind: depth[found[kind].urn])
    first, second = (depth[found[kind].urn] for kind in order)
    assert first < second
    servers = [depth[item.urn] for item in made if item.key.kind == "Deployment"]
    assert len(servers) == 2
    assert max(servers) < first
    return {kind: item.manifest["spec"] for kind, item in found.items()}, order


def clients(now: Addresses) -> list[Any]:
    """Where requests go, and where copies of them go, by what they are matched by."""
    stable = f"mnist-v{now['Service']['selector']['app.kubernetes.io/version']}"
    return [
        (
            rule["matches"],
            rule.get("filters"),
            [
                (stable if each["name"] == "mnist" else each["name"], each.get("weight", 1), each.get("filters"))
                for each in rule["backendRefs"]
            ],
        )
        for rule in now["HTTPRoute"]["rules"]
    ]


def steps(before: Case, after: Case) -> Iterator[Addresses]:
    now, (then, order) = dict(addresses(before)[0]), addresses(after)
    for kind in order:
        now[kind] = then[kind]
        yield dict(now)


@pytest.mark.parametrize("before", CASES, ids=str)
def test_no_step_sends_clients_where_neither_strategy_has_them(before: Case) -> None:
    for after in CASES:
        allowed = [clients(addresses(case)[0]) for case in (before, after)]
        seen = [clients(step) for step in steps(before, after)]
        assert all(each in allowed for each in seen), after
        assert seen[-1] == allowed[1]


def test_a_step_in_the_other_order_would_be_seen() -> None:
    """What the test above rests on: a route that leads to the stable Service too early leads to another version."""
    (before, _), (after, order) = addresses(("weights", (10, 90))), addresses(("blue-green", (100, 0)))
    assert order == ["Service", "HTTPRoute"]
    early = {**before, "HTTPRoute": after["HTTPRoute"]}
    assert clients(early) not in [clients(each) for each in (before, after)]
