"""Releases by Flagger, with the real Flagger, the real Prometheus and the real KEDA on the real control plane.

Simulated pods serve nothing: an exporter counts, for each version, the requests that the live routes would lead to it.
All models are released at the same time, as each interval of Flagger's takes ten seconds.
"""

import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from kubernetes import client

from inferencectl.demos.autoscaling.scraping import models_configuration
from inferencectl.demos.canary.simulated_requests import Behaviour, SimulatedRequests, requested
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers import Flagger, Keda, Prometheus
from inferencectl.workspace.errors import SandboxError
from settings import RELEASE_PROTOCOLS, RELEASE_ROLES, WeightsRelease
from tests.components.model_service.progressive_releases import (
    FAILURES,
    INTERVAL_SECONDS,
    SCRAPE_SECONDS,
    Releases,
    released,
    silent,
)
from tests.inferencectl.rest import Rest
from tests.waiting import soon

pytestmark = [
    pytest.mark.early,
    pytest.mark.slow("Flagger's shortest interval is 10 s, and a release takes several"),
]
GOES_BACK_SECONDS = (FAILURES + 1) * INTERVAL_SECONDS + 2 * SCRAPE_SECONDS
"""From the first bad request: as many checks as may fail, and the one that finds it out."""

GOOD = Behaviour()
BEHAVIOURS: Mapping[str, Behaviour] = {
    "healthy": GOOD,
    "scaled": GOOD,
    "failing": Behaviour(failing={"http": 0.08, "grpc": 0.08}),
    "grpc": Behaviour(failing={"grpc": 0.08}),
    "slow": Behaviour(milliseconds=500),
    "unseen": Behaviour(is_measured=False),
    "measured": GOOD,
    "twice": GOOD,
}
"""How the candidate of each model answers. The first version is good."""


@pytest.fixture(scope="module")
def releases(control_plane: Cluster, api_client: client.ApiClient) -> Iterator[Releases]:
    """All models with their first version, initialized, then all with a second version as candidate."""
    core, namespace = client.CoreV1Api(api_client), f"test-{uuid.uuid4().hex[:8]}"
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    keda, flagger, prometheus = Keda(control_plane), Flagger(control_plane), Prometheus(control_plane)
    with ExitStack() as ending:
        ending.callback(core.delete_namespace, namespace)
        requests = ending.enter_context(requested(SimulatedRequests(), api_client, namespace))
        for name, behaviour in BEHAVIOURS.items():
            requests.behaviours[name, 2] = behaviour
        scraping = models_configuration(prometheus.kubeconfig, namespace, requests.port, SCRAPE_SECONDS)
        for controller in (keda, flagger, prometheus):
            ending.callback(controller.stop)
        prometheus.start(scraping, silent)
        keda.start(silent)
        flagger.start(silent, loop_seconds=1)
        made = Releases(api_client, namespace, prometheus.url, requests)
        for name in BEHAVIOURS:
            made.up(released(name, None, (1,)))
        for name in BEHAVIOURS:
            made.up(released(name, 2, (1, 2)))
        yield made


@pytest.fixture(scope="module")
def interrupted(releases: Releases) -> "Interrupted":
    """What deployments do in the course of the analysis of `twice`, which ends with a third version."""
    soon(lambda: releases.shares("twice")[0].get(2), "version 2 gets its first requests")
    same, before = released("twice", 2, (1, 2)), releases.state("twice")
    changed = releases.up(same)
    after = releases.state("twice")
    with pytest.raises(SandboxError) as refused:
        releases.up(released("twice", 3, (1, 3)))
    releases.up(released("twice", 3, (1, 2, 3)))
    return Interrupted(changed, before, after, str(refused.value))


@dataclass
class Interrupted:
    changed: int
    before: Mapping[str, object]
    after: Mapping[str, object]
    refused: str


def test_a_deployment_during_the_analysis_changes_nothing(interrupted: Interrupted) -> None:
    assert interrupted.changed == 0
    routes, services = len(RELEASE_PROTOCOLS), len(RELEASE_PROTOCOLS) * len(RELEASE_ROLES)
    assert len(interrupted.before) == routes + services
    assert {key: value for key, value in interrupted.before.items() if key.startswith("route")} == {
        f"route twice-{protocol}": {"flagger"} for protocol in RELEASE_PROTOCOLS
    }
    assert interrupted.before == interrupted.after


def test_a_version_with_requests_is_not_removed(interrupted: Interrupted) -> None:
    text = r"version 2 would be removed, but .*/twice-(http|grpc)-canary leads requests to it \(Flagger: Progressing\)"
    assert re.search(text, interrupted.refused)


@pytest.mark.usefixtures("interrupted")
def test_a_third_version_begins_anew(releases: Releases) -> None:
    releases.ends("twice", "Succeeded")
    assert releases.shares("twice") == ({3: 1.0}, {3: 1.0})
    # No deployment during its analysis has begun it anew.
    assert releases.steps("twice", 2) <= {(0.0, 0.05, 0.0), (0.0, 0.05, 0.5, 0.0)}
    # Flagger leads the Service to it just before it takes away the share that the second one had.
    assert {steps[-4:] for steps in releases.steps("twice", 3)} == {(0.0, 0.05, 0.5, 1.0)}


def test_a_healthy_version_gets_5_then_50_then_all_requests(releases: Releases) -> None:
    releases.ends("healthy", "Succeeded")
    assert releases.shares("healthy") == ({2: 1.0}, {2: 1.0})
    # Once it is promoted, the other half comes to it through the Service of the version before.
    assert releases.steps("healthy", 2) == {(0.0, 0.05, 0.5, 1.0)}


@pytest.mark.parametrize("name", ["failing", "slow", "grpc", "unseen", "measured"])
def test_a_version_that_does_not_pass_loses_its_requests(releases: Releases, name: str) -> None:
    """8 % of errors, errors over gRPC alone, slow answers, no metrics, a measurement of the stack's own."""
    releases.ends(name, "Failed")
    assert releases.shares(name) == ({1: 1.0}, {1: 1.0})
    assert releases.steps(name, 2) == {(0.0, 0.05, 0.0)}
    for protocol in RELEASE_PROTOCOLS:
        _, (begun, _), (ended, _) = releases.requests.passage_of(name, protocol, 2)
        assert ended - begun < GOES_BACK_SECONDS


def test_autoscalers_act_during_a_release_and_disturb_nothing(releases: Releases) -> None:
    """Half of the requests leave version 1, and pods follow them; what stays of it is as many pods as always run."""
    releases.ends("scaled", "Succeeded")
    soon(lambda: (releases.replicas("scaled-v1"), releases.replicas("scaled-v2")) == (1, 2), "pods follow requests")
    assert releases.steps("scaled", 2) == {(0.0, 0.05, 0.5, 1.0)}


def test_versions_leave_once_they_have_no_requests(releases: Releases) -> None:
    releases.ends("healthy", "Succeeded")
    releases.ends("failing", "Failed")
    with pytest.raises(SandboxError, match=r"version 2 would be removed, but .*/healthy-(http|grpc)-primary leads"):
        releases.up(released("healthy", None, (1,)))
    before = releases.state("healthy")
    assert releases.up(released("healthy", None, (2,), steady=2))
    assert releases.up(released("failing", None, (1,)))
    time.sleep(INTERVAL_SECONDS + 1)
    assert (releases.shares("healthy"), releases.shares("failing")) == (({2: 1.0},) * 2, ({1: 1.0},) * 2)
    assert releases.phases("healthy") == ("Succeeded", "Succeeded")
    kept = releases.state("healthy")
    assert all(before[name] == kept[name] for name in kept)


def test_a_change_of_strategy_does_not_remove_a_version_with_requests(releases: Releases) -> None:
    """The Canaries leave with the strategy; those of the other models in the namespace are not of this program."""
    releases.ends("scaled", "Succeeded")
    by_weights = {"release": WeightsRelease()}
    with pytest.raises(
        SandboxError, match=r"version 2 would be removed, but Service .*/scaled-(http|grpc)-primary leads"
    ):
        releases.up(released("scaled", None, (1,)).model_copy(update=by_weights))
    assert releases.shares("scaled") == ({2: 1.0}, {2: 1.0})
    for kept in ((1, 2), (2,)):
        releases.refuse(released("scaled", None, kept, steady=2).model_copy(update=by_weights))


def test_a_candidate_is_refused_before_flagger_knows_the_model(releases: Releases) -> None:
    with pytest.raises(SandboxError, match=r"version 2 is a candidate of the new Canary .*/new-http"):
        releases.up(released("new", 2, (1, 2)))


def test_a_model_has_a_route_while_its_strategy_changes(releases: Releases) -> None:
    """And each Service that a route leads requests to is there for as long as the route is."""
    releases.ends("measured", "Failed")
    own, flaggers = {"measured"}, {"measured-http", "measured-grpc"}
    plain = released("measured", None, (1,)).model_copy(update={"release": WeightsRelease()})
    for wanted, left in ((plain, own), (released("measured", None, (1,)), flaggers)):
        seen, ended = [], threading.Event()

        def look(seen: list[Routes] = seen, ended: threading.Event = ended) -> None:
            while not ended.wait(0.02):
                seen.append(Routes.of(releases, own | flaggers))

        watching = threading.Thread(target=look)
        watching.start()
        releases.up(wanted)
        soon(lambda left=left: Routes.of(releases, own | flaggers).names == left, f"routes {left}")
        ended.set()
        watching.join()
        assert all(each.names >= own or each.names >= flaggers for each in seen)
        assert {name for each in seen for name in each.without_service} == set()


@dataclass(frozen=True)
class Routes:
    """Names of the routes of some models, and those of them that lead requests to a Service that is not there."""

    names: set[str]
    without_service: set[str]

    @classmethod
    def of(cls, releases: Releases, names: set[str]) -> "Routes":
        """The Services are read first: one that is missing then was missing while its route was there."""
        rest, namespace = Rest(releases.api), f"namespaces/{releases.namespace}"
        services = rest.items(f"/api/v1/{namespace}/services").keys()
        routes = rest.items(f"/apis/gateway.networking.k8s.io/v1/{namespace}/httproutes")
        found = {name: route for name, route in routes.items() if name in names}
        led = {
            name: {
                backend["name"]
                for rule in route["spec"]["rules"]
                for backend in rule["backendRefs"]
                if backend.get("weight", 1)
            }
            for name, route in found.items()
        }
        return cls({*found}, {name for name, backends in led.items() if not backends <= services})
