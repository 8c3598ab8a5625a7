"""What scales a model by its load: the ScaledObject, the autoscaler with prometheus-adapter, and their queries."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportOptionalIterable=false, reportGeneralTypeIssues=false
# pyright: reportOptionalSubscript=false, reportIndexIssue=false, reportCallIssue=false, reportReturnType=false

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi_kubernetes import autoscaling

from components.metrics_adapter.manifests import rules
from components.model_service.args import ServedVersion
from components.model_service.manifests import load_queries, network, scaled_object, scaling, workload
from settings import Autoscaling, Exposure, Scaling
from tests.components.metrics_adapter.test_metrics_adapter import adapter_args
from tests.components.model_service.served_models import ports, served
from tests.components.models import ADAPTER, GPU, KEDA, SCALINGS, SMALL, TWO_VERSIONS, model, service_args


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """A loop for the outputs that the manifests make, whatever tests before this one did with theirs."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def scaled(limits: Scaling, autoscaling: Autoscaling = KEDA, **fields: Any) -> ServedVersion:
    resources = GPU if limits.gpu_utilization_percent else SMALL
    return service_args(model(scaling=limits, **fields), autoscaling=autoscaling, resources=resources).served[0]


def spec(limits: Scaling, **fields: Any) -> dict[str, Any]:
    return scaled_object.spec(scaled(limits, **fields), limits, KEDA)


def assert_up_at_once_and_down_slowly(behavior: autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs) -> None:
    up, down = behavior.scale_up, behavior.scale_down
    assert (up.stabilization_window_seconds, down.stabilization_window_seconds) == (0, 300)
    assert (up.select_policy, down.select_policy) == ("Max", "Max")
    assert [(each.type, each.value, each.period_seconds) for each in up.policies] == [
        ("Pods", 4, 30),
        ("Percent", 100, 30),
    ]
    assert [(each.type, each.value, each.period_seconds) for each in down.policies] == [
        ("Pods", 1, 30),
        ("Percent", 25, 30),
    ]


class TestScaledObject:
    def test_every_target_is_a_trigger(self) -> None:
        triggers = spec(SCALINGS["load"])["triggers"]
        assert [trigger.get("name", trigger["type"]) for trigger in triggers] == [
            *("cpu", "requests", "latency", "gpu", "queue"),
        ]
        assert {trigger["type"] for trigger in triggers[1:]} == {"prometheus"}
        thresholds = [trigger["metadata"]["threshold"] for trigger in triggers[1:]]
        assert thresholds == ["50", "200", "80", "100"]

    def test_resources_are_compared_with_what_pods_request(self) -> None:
        limits = Scaling(min_replicas=1, max_replicas=4, cpu_utilization_percent=60, memory_utilization_percent=75)
        triggers = scaled_object.spec(scaled(limits), limits, KEDA)["triggers"]
        assert [(each["type"], each["metricType"], each["metadata"]) for each in triggers] == [
            ("cpu", "Utilization", {"value": "60"}),
            ("memory", "Utilization", {"value": "75"}),
        ]

    def test_what_grows_with_the_pods_is_shared_and_what_does_not_is_compared(self) -> None:
        types = {each.get("name"): each["metricType"] for each in spec(SCALINGS["load"])["triggers"]}
        assert (types["requests"], types["queue"]) == ("AverageValue", "AverageValue")
        assert (types["latency"], types["gpu"]) == ("Value", "Value")

    def test_lost_metrics_are_never_no_load(self) -> None:
        for limits in SCALINGS.values():
            made = spec(limits)
            measured = [each for each in made["triggers"] if each["type"] == "prometheus"]
            assert all(each["metadata"]["ignoreNullValues"] == "false" for each in measured)
            assert ("fallback" in made) is bool(measured)

    def test_the_fallback_never_takes_pods_away(self) -> None:
        assert spec(SCALINGS["load"])["fallback"]["behavior"] == "currentReplicasIfHigher"
        assert spec(SCALINGS["load"])["fallback"]["replicas"] == 4
        unset = SCALINGS["load"].model_copy(update={"fallback_replicas": None})
        assert spec(unset)["fallback"]["replicas"] == unset.min_replicas
        assert spec(SCALINGS["zero"])["fallback"]["replicas"] == 1

    def test_up_at_once_and_down_slowly_as_every_autoscaler(self) -> None:
        (config,) = spec(SCALINGS["peak"])["advanced"].values()
        assert_up_at_once_and_down_slowly(config["behavior"])

    def test_a_peak_is_a_schedule_in_its_time_zone(self) -> None:
        *_, trigger = spec(SCALINGS["peak"])["triggers"]
        assert trigger["metadata"] == {
            "timezone": "Europe/Berlin",
            "start": "0 8 * * 1-5",
            "end": "0 18 * * 1-5",
            "desiredReplicas": "6",
        }

    def test_only_to_zero_there_is_a_cooldown_and_a_stated_cost(self) -> None:
        limits = SCALINGS["zero"]
        assert spec(limits)["minReplicaCount"] == 0
        assert spec(limits)["cooldownPeriod"] == limits.scale_down_window_seconds
        assert scaled_object.metadata(scaled(limits), limits).annotations == {"inference/cold-start-seconds": "300"}
        assert "cooldownPeriod" not in spec(SCALINGS["peak"])
        assert scaled_object.metadata(scaled(SCALINGS["peak"]), SCALINGS["peak"]).annotations is None

    def test_services_without_pods_are_not_waited_for(self) -> None:
        zero, peak = scaled(SCALINGS["zero"]), scaled(SCALINGS["peak"])
        for service in (network.stable_service(zero.args), network.version_service(zero)):
            assert service.metadata.annotations == {"pulumi.com/skipAwait": "true"}
        assert network.stable_service(peak.args).metadata.annotations is None

    def test_replicas_are_left_out(self) -> None:
        assert workload.deployment(scaled(SCALINGS["load"])).spec.replicas is None

    def test_versions_share_the_work_by_their_weight(self) -> None:
        limits = SCALINGS["zero"]
        args = service_args(model(scaling=limits, versions=TWO_VERSIONS, exposure=Exposure.GATEWAY), autoscaling=KEDA)
        queries = [
            trigger["metadata"]["query"]
            for each in args.served
            for trigger in scaled_object.spec(each, limits, KEDA)["triggers"]
            if trigger.get("name") == "arrivals"
        ]
        assert [query.rpartition(")")[2] for query in queries] == [" * 90 / 100", " * 10 / 100"]


class TestAutoscalerOfTheAdapter:
    def test_up_at_once_and_down_slowly_as_every_autoscaler(self) -> None:
        limits = Scaling(min_replicas=1, max_replicas=4)
        assert_up_at_once_and_down_slowly(scaling.autoscaler(served(), limits).spec.behavior)

    def test_it_asks_for_what_the_rules_make(self) -> None:
        limits = Scaling(min_replicas=1, max_replicas=4, requests_per_second=0.5, latency_p95_milliseconds=200)
        metrics = scaling.autoscaler(scaled(limits, ADAPTER), limits).spec.metrics
        asked = {each.pods.metric.name: each.pods.target.average_value for each in metrics if each.pods}
        assert asked == {
            "inference_tensorflow_serving_requests_per_second": "500m",
            "inference_tensorflow_serving_latency_p95_milliseconds": "200",
        }
        assert asked.keys() <= {rule["name"]["as"] for rule in rules(adapter_args())}

    def test_resources_are_compared_with_what_pods_request(self) -> None:
        limits = Scaling(min_replicas=1, max_replicas=4, cpu_utilization_percent=60, memory_utilization_percent=75)
        metrics = [each.resource for each in scaling.autoscaler(served(), limits).spec.metrics]
        assert [(each.name, each.target.type, each.target.average_utilization) for each in metrics] == [
            ("cpu", "Utilization", 60),
            ("memory", "Utilization", 75),
        ]

    def test_an_autoscaler_can_be_handed_over_to_keda(self) -> None:
        limits = Scaling(min_replicas=1, max_replicas=4)
        annotations = scaling.autoscaler(served(), limits).metadata.annotations
        assert annotations == {"validations.keda.sh/hpa-ownership": "false"}


class TestQueries:
    @pytest.mark.parametrize(
        ("pod", "is_own"),
        [
            ("mnist-v1-5d9c7b6f4-x2k9p", True),
            ("mnist-v1-5d9c7b6f4x2k9p", True),  # as names of more than 47 characters end
            ("mnist-v10-5d9c7b6f4-x2k9p", False),
            ("mnist-v1-v1-5d9c7b6f4-x2k9p", False),
            ("mnist-v1-import-9f8e7d6c5b-x2k9p", False),
            ("fashion-mnist-v1-5d9c7b6f4-x2k9p", False),
        ],
    )
    def test_only_the_pods_of_the_version_are_meant(self, pod: str, is_own: bool) -> None:
        # Prometheus anchors its regular expressions.
        assert bool(re.fullmatch(load_queries.pod_pattern(served()), pod)) is is_own

    def test_stateful_pods_have_numbers(self) -> None:
        pattern = load_queries.pod_pattern(served(stateful=True, replicas=2, scaling=None))
        assert re.fullmatch(pattern, "mnist-v1-0")
        assert not re.fullmatch(pattern, "mnist-v1-5d9c7b6f4-x2k9p")

    def test_gpus_are_found_under_both_names_of_the_labels(self) -> None:
        query = load_queries.gpu_utilization_percent(served(), "models")
        assert 'exported_namespace="models"' in query
        assert '{namespace="models"' in query


class TestScraping:
    def test_the_scraper_reaches_the_metrics_and_nothing_else(self) -> None:
        of = scaled(SCALINGS["peak"])
        clients, scrapes = network.server_policy(of.args).spec.ingress
        (peer,) = scrapes.from_
        assert peer.namespace_selector.match_labels == {"kubernetes.io/metadata.name": "monitoring"}
        assert ports([scrapes]) == {of.server.http_port}
        assert ports([clients]) == {of.server.http_port, of.server.grpc_port}

    def test_without_a_scraper_it_stays_closed(self) -> None:
        assert len(network.server_policy(served().args).spec.ingress) == 1
