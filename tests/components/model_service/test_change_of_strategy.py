"""From one release strategy to another: at each step of the change, clients are where one of the two has them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from components import ModelService
from inferencectl.deployer import KubernetesObject, kubernetes_objects
from inferencectl.deployer.objects import waves
from inferencectl.program.recording import record
from tests.components.models import KEDA, MODELS, PROGRESSIVE, RELEASES, model, service_args, version

Key = tuple[str, str]
Addresses = Mapping[Key, Mapping[str, Any]]
"""The specs of the stable Service and of the routes, by kind and name; of a Canary, the route that Flagger makes."""

SERVICE, ROUTE = ("Service", "mnist"), ("HTTPRoute", "mnist")
SHARES = {"weights": [(90, 10), (10, 90)], "blue-green": [(100, 0), (0, 100)]}
SHARES |= dict.fromkeys(("sticky-cookie", "sticky-header"), SHARES["weights"])
RELEASE = {"weights": model().release, **{kind: fields["release"] for kind, fields in RELEASES.items()}}
RELEASE |= {"progressive": PROGRESSIVE["release"]}
CASES = [(kind, weights) for kind in RELEASE for weights in SHARES.get(kind, [(100, 0)])]

Case = tuple[str, tuple[int, ...]]


@cache
def objects(case: Case) -> tuple[KubernetesObject, ...]:
    kind, weights = case
    versions = tuple(version(number, weight) for number, weight in enumerate(weights, 1))
    fields = {**MODELS["gateway"], "release": RELEASE[kind], "versions": versions}
    args = service_args(model(**fields), autoscaling=KEDA)

    def program() -> None:
        ModelService("mnist", args)

    return tuple(kubernetes_objects(record(program, project="inference", stack="test")))


def addresses(case: Case) -> tuple[Addresses, list[Key]]:
    """The addresses of a case, and the order in which they change."""
    made = {(item.key.kind, item.key.name): item for item in objects(case)}
    depth = waves(list(made.values()))
    found = {key: item for key, item in made.items() if key in {SERVICE, ROUTE} or item.key.kind == "Canary"}
    order = sorted(found, key=lambda key: depth[found[key].urn])
    changed = [depth[found[key].urn] for key in order]
    routes = {depth[found[key].urn] for key in order if key != SERVICE}
    assert depth[found[SERVICE].urn] not in routes
    servers = [depth[item.urn] for item in made.values() if item.key.kind == "Deployment"]
    assert len(servers) == 2
    assert max(servers) < min(changed)
    specs = {key: item.manifest.get("spec", {}) for key, item in made.items()}
    return {key: _route_of_flagger(key, specs) if key[0] == "Canary" else specs[key] for key in order}, order


def _route_of_flagger(key: Key, specs: Addresses) -> Mapping[str, Any]:
    """What Flagger begins with: all requests go to the Service of the version before."""
    matches = [
        {"path": {"type": "PathPrefix", "value": each["uri"]["prefix"]}} for each in specs[key]["service"]["match"]
    ]
    number = specs["Service", f"{key[1]}-primary"]["selector"]["app.kubernetes.io/version"]
    return {"rules": [{"matches": matches, "backendRefs": [{"name": f"mnist-v{number}"}]}]}


def clients(now: Addresses) -> list[list[Any]]:
    """For each route and protocol, where requests go, and where copies of them go, by what they are matched by."""
    stable = f"mnist-v{now[SERVICE]['selector']['app.kubernetes.io/version']}"
    found: dict[tuple[Key, str], list[Any]] = defaultdict(list)
    for key, spec in now.items():
        for rule in spec["rules"] if key != SERVICE else ():
            led = [
                (stable if each["name"] == "mnist" else each["name"], each.get("weight", 1), each.get("filters"))
                for each in rule["backendRefs"]
            ]
            found[key, rule["matches"][0]["path"]["value"]].append((rule["matches"], rule.get("filters"), led))
    return list(found.values())


def paths(now: Addresses) -> set[str]:
    """What requests begin with that some route leads."""
    rules = (rule for key, spec in now.items() if key != SERVICE for rule in spec["rules"])
    return {match["path"]["value"] for rule in rules for match in rule["matches"]}


def steps(before: Case, after: Case) -> Iterator[Addresses]:
    """Both engines delete what is no longer in the settings after everything else."""
    now, (then, order) = dict(addresses(before)[0]), addresses(after)
    for key in order:
        now[key] = then[key]
        yield dict(now)
    for key in set(now) - set(then):
        del now[key]
        yield dict(now)


@pytest.mark.parametrize("before", CASES, ids=str)
def test_no_step_sends_clients_where_neither_strategy_has_them(before: Case) -> None:
    for after in CASES:
        earlier, later = (addresses(case)[0] for case in (before, after))
        allowed = [*clients(earlier), *clients(later)]
        taken = list(steps(before, after))
        assert all(each in allowed for step in taken for each in clients(step)), after
        assert all(paths(step) == paths(earlier) for step in taken), after
        assert taken[-1] == later


def test_flagger_begins_with_all_requests_at_the_version_before() -> None:
    led = clients(addresses(("progressive", (100, 0)))[0])
    assert [versions for ((_, _, versions),) in led] == [[("mnist-v1", 1, None)]] * 2


def test_a_step_in_the_other_order_would_be_seen() -> None:
    """What the test above rests on: a route that leads to the stable Service too early leads to another version."""
    (before, _), (after, order) = addresses(("weights", (10, 90))), addresses(("blue-green", (100, 0)))
    assert order == [SERVICE, ROUTE]
    early = {**before, ROUTE: after[ROUTE]}
    assert clients(early) not in [clients(each) for each in (before, after)]
