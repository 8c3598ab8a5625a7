"""Progressive releases with nothing simulated: Flagger as a pod, real servers, and requests through the gateway.

Prometheus scrapes the servers, Flagger asks it, and Envoy follows the routes that Flagger makes. What clients lose is
what k6 counts, and what the candidate was given is what the proxy counts.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from inferencectl.live_load import MODEL
from inferencectl.load.result import Protocol
from inferencectl.sandbox.controllers import flagger, prometheus
from inferencectl.sandbox.live.prometheus_pod import ADDRESS
from settings import RELEASE_PROTOCOLS
from tests.live.entrance import Entrance, asked_through_the_gateway, entered
from tests.live.published import published_again, published_failing
from tests.live.under_load import UnderLoad, assert_nothing_lost
from tests.live_stack import LiveCheckout
from tests.waiting import soon

pytestmark = [
    pytest.mark.slow("Flagger's shortest interval is 10 s, and each of two releases takes several"),
    # The first test waits for two runs of `up`, the last one for a third.
    pytest.mark.timeout(600),
]

RATE = 20
SETTLED_SECONDS = 3
RELEASE_SECONDS = 150
GOES_BACK_SECONDS = 120
"""What is promised, from the first bad request to the last one."""
AUTOSCALING = {"prometheus": ADDRESS, "scraperNamespace": prometheus.NAMESPACE, "scrapeIntervalSeconds": 2}
STEPS = (5, 50)
RELEASE = {"strategy": "progressive", "stepPercents": [*STEPS], "promotionStepPercent": 50, "intervalSeconds": 10}


@dataclass(frozen=True, kw_only=True)
class Led:
    """The model, whose requests Flagger leads, and the load that comes through the gateway."""

    entrance: Entrance
    load: UnderLoad

    def release(self, stable: Mapping[str, object], candidate: Mapping[str, object]) -> None:
        versions = [{**stable, "weight": 100}, {**candidate, "weight": 0}]
        self.load.deploy(versions, release={**RELEASE, "candidate": candidate["version"]})

    def ends(self, phase: str, version: Mapping[str, object]) -> set[tuple[int, ...]]:
        """Wait for a phase of Flagger's; returns the shares of the requests that a version had until then, in percent.

        They are a sequence for each protocol, of which those that are alike are one.
        """
        seen = {protocol: list[int]() for protocol in RELEASE_PROTOCOLS}

        def is_over() -> bool:
            items = self.load.live.get("canaries,httproutes,services")["items"]
            found = {(each["kind"], each["metadata"]["name"]): each for each in items}
            for protocol, shares in seen.items():
                share = share_of(str(version["version"]), f"{MODEL}-{protocol}", found)
                shares.extend([share] if shares[-1:] != [share] else [])
            return {found["Canary", f"{MODEL}-{protocol}"]["status"]["phase"] for protocol in seen} == {phase}

        soon(is_over, phase, RELEASE_SECONDS)
        return {tuple(shares) for shares in seen.values()}

    def failures(self) -> Counter[tuple[Protocol, str]]:
        """The failed answers that the proxy has counted so far, by the Service that they are from."""
        server_errors = self.entrance.counts("upstream_rq", 'response_code_class="5xx"')
        return server_errors + self.entrance.counts("grpc_failure")


@pytest.fixture(scope="module")
def led(live_stack: LiveCheckout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Led]:
    """The first version alone; a good one and one that fails are published."""
    good, bad = published_again(live_stack), published_failing(live_stack, tmp_path_factory.mktemp("failing"))
    with (
        entered(live_stack, good, bad, autoscaling=AUTOSCALING, release=RELEASE) as entrance,
        asked_through_the_gateway(entrance, RATE) as load,
    ):
        yield Led(entrance=entrance, load=load)
        # Flagger first gives up its routes: a version that it leads requests to may not leave.
        first, second, _ = load.versions
        load.deploy([{**first, "weight": 100}, {**second, "weight": 0}], release={"strategy": "weights"})


def share_of(version: str, service: str, found: Mapping[tuple[str, str], Any]) -> int:
    """The percents of the requests that a version gets by the route to a service, by whichever of its Services."""
    (rule,) = found["HTTPRoute", service]["spec"]["rules"]
    selected = {name: each["spec"]["selector"] for (kind, name), each in found.items() if kind == "Service"}
    led = [each for each in rule["backendRefs"] if selected[each["name"]]["app.kubernetes.io/version"] == version]
    return sum(each["weight"] for each in led)


def test_flagger_is_a_pod_as_restricted_as_its_namespace_demands(led: Led) -> None:
    found = led.load.kubectl("get", "namespaces", "--selector=pod-security.kubernetes.io/enforce=restricted")
    assert f"{flagger.NAMESPACE} " in found
    assert "1/1" in led.load.kubectl("get", f"deployment/{flagger.NAME}", f"--namespace={flagger.NAMESPACE}")


def test_a_good_version_gets_5_then_50_then_all_requests_and_none_is_lost(led: Led) -> None:
    load = led.load
    first, second, _ = load.versions
    with load.counted() as promotion:
        led.release(first, second)
        assert led.ends("Succeeded", second) == {(0, *STEPS, 100)}
    with load.counted() as after:
        time.sleep(SETTLED_SECONDS)
    assert_nothing_lost(promotion, after)
    assert promotion.report.versions == {str(first["version"]), str(second["version"])}
    assert after.report.versions == {str(second["version"])}


def test_a_version_that_fails_loses_its_requests_and_clients_lose_no_others(led: Led) -> None:
    """After the promotion, whose version before leaves meanwhile."""
    load = led.load
    _, second, bad = load.versions
    before = led.failures()
    with load.counted() as tried:
        led.release(second, bad)
        assert led.ends("Failed", bad) == {(0, STEPS[0], 0)}
        time.sleep(SETTLED_SECONDS)
    with load.counted() as after:
        time.sleep(SETTLED_SECONDS)
    assert_nothing_lost(after)
    assert after.report.versions == {str(second["version"])}
    lost = {protocol: each.lost for protocol, each in tried.report.protocols.items()}
    assert all(lost.values())
    services = {Protocol.REST: f"{MODEL}-http-canary", Protocol.GRPC: f"{MODEL}-grpc-canary"}
    assert led.failures() - before == {(each, services[each]): count for each, count in lost.items()}
    seconds = [row.at for row in load.load.rows(tried.begin) if row.lost]
    assert seconds[-1] + 1 - seconds[0] <= GOES_BACK_SECONDS
