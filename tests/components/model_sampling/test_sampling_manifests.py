"""The sampler of a model: what it reads, what it may reach, and which requests are copied to it."""

# The fields of typed arguments may hold outputs; here they are plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false, reportCallIssue=false

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from components.model_sampling import manifests
from components.model_service.args import ModelServiceArgs
from components.model_service.manifests import network
from components.monitoring_stack.manifests import sampler_monitor_spec
from drift_sampler.intake import SLOTS
from drift_sampler.options import parser
from drift_sampler.server import HEALTH_PATH, METRICS_PATH
from settings import Exposure
from settings.model.sampling import HELD_COPIES
from tests.components.models import GATEWAY, MODELS, RELEASES, SHA256, model, service_args, version
from tests.components.sampled import SAMPLED, SAMPLING, sampled_service, sampling_args
from tests.components.watched import MONITORING

HTTP, GRPC = 8501, 8500
COPIES: Mapping[int, Mapping[str, Any]] = {
    port: {
        "type": "RequestMirror",
        "requestMirror": {"backendRef": {"name": "mnist-sampler", "port": copies}, "percent": SAMPLING.percent},
    }
    for port, copies in ((HTTP, 8080), (GRPC, 8081))
}


def pod(**fields: Any) -> Any:
    return manifests.deployment(sampling_args(sampled_service(**fields))).spec.template.spec


def rules(args: ModelServiceArgs) -> Sequence[Mapping[str, Any]]:
    return network.route(args, GATEWAY)["rules"]


def test_it_is_started_with_options_that_it_has_about_the_version_with_the_most_requests() -> None:
    (container,) = pod().containers
    options = parser().parse_args(container.args)
    assert (options.model, options.version, options.address) == ("mnist", 1, "http://mnist-v1:8501")
    assert options.grpc_address == "mnist-v1:8500"
    assert options.protocol == "tensorflow-serving"
    assert str(options.reference) == "/reference/mnist/1/assets.extra/reference_distribution.json"
    assert (options.most_bytes, options.window_seconds, options.least_samples) == (262_144, 3600, 500)
    ports = manifests.service(sampling_args(sampled_service())).spec.ports
    assert [(each.port, each.app_protocol) for each in ports] == [
        (options.port, "http"),
        (options.grpc_port, "kubernetes.io/h2c"),
    ]


def test_it_knows_what_requests_call_the_model_where_that_is_another_name() -> None:
    (container,) = pod(served_name="half_plus_two").containers
    options = parser().parse_args(container.args)
    assert (options.model, options.served_name) == ("mnist", "half_plus_two")
    (plain,) = pod().containers
    assert parser().parse_args(plain.args).served_name == ""


def test_triton_is_asked_by_its_own_protocol() -> None:
    (container,) = pod(**MODELS["triton"], versions=(version(1),)).containers
    options = parser().parse_args(container.args)
    assert (options.protocol, options.address) == ("open-inference", "http://mnist-v1:8000")
    assert options.grpc_address == "mnist-v1:8001"


def test_the_reference_is_fetched_by_the_digest_of_that_version() -> None:
    (init,) = pod().init_containers
    environment = {each.name: each.value for each in init.env}
    assert environment["SAMPLED_VERSION"] == f"mnist 1 storage:models/mnist/1 {SHA256}"


def test_probes_and_prometheus_ask_where_the_sampler_answers() -> None:
    (container,) = pod().containers
    ports = {each.name: each.container_port for each in container.ports}
    for probe in (container.startup_probe, container.readiness_probe, container.liveness_probe):
        assert (probe.http_get.path, probe.http_get.port) == (HEALTH_PATH, ports["metrics"])
    spec = sampler_monitor_spec(sampled_service(), MONITORING)
    (endpoint,) = spec["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", METRICS_PATH)
    labels = manifests.deployment(sampling_args(sampled_service())).spec.template.metadata.labels
    assert spec["selector"]["matchLabels"].items() <= labels.items()


def test_the_memory_is_sized_for_the_copies_that_it_holds() -> None:
    assert HELD_COPIES == SLOTS


def test_only_the_gateway_and_prometheus_get_in_and_only_the_model_and_storage_are_reached() -> None:
    spec = manifests.own_policy(sampling_args(sampled_service())).spec
    entered = {
        (rule.from_[0].namespace_selector.match_labels["kubernetes.io/metadata.name"], port.port)
        for rule in spec.ingress
        for port in rule.ports
    }
    assert entered == {("gateway", 8080), ("gateway", 8081), ("monitoring", 9090)}
    model_out, storage_out = spec.egress
    assert model_out.to[0].pod_selector.match_labels["app.kubernetes.io/component"] == "model-server"
    assert {each.port for each in model_out.ports} == {HTTP, GRPC}
    assert storage_out.to[0].ip_block.cidr == "192.0.2.0/24"
    back = manifests.model_policy(sampling_args(sampled_service())).spec
    (let_in,) = back.ingress
    assert let_in.from_[0].pod_selector.match_labels == spec.pod_selector.match_labels
    assert {each.port for each in let_in.ports} == {HTTP, GRPC}


@pytest.mark.parametrize("kind", ["sticky-cookie", "sticky-header", "header", "blue-green"])
def test_requests_that_the_version_may_answer_are_copied_once_over_http_and_grpc(kind: str) -> None:
    without = service_args(model(exposure=Exposure.GATEWAY, **RELEASES[kind]))
    sampled = service_args(model(**{**SAMPLED, **RELEASES[kind]}), monitoring=MONITORING)
    for plain, copied in zip(rules(without), rules(sampled), strict=True):
        (port,) = {each["port"] for each in plain["backendRefs"]}
        asks_for_another = {each["name"] for each in plain["backendRefs"]} == {"mnist-v2"}
        assert list(copied.get("filters", ())).count(COPIES[port]) == (0 if asks_for_another else 1)
        left = [each for each in copied.get("filters", ()) if each != COPIES[port]]
        assert {**copied, "filters": left} == {**plain, "filters": list(plain.get("filters", ()))}


def test_a_model_that_is_not_sampled_has_the_route_that_it_had() -> None:
    assert not [rule for rule in rules(service_args(model(**MODELS["gateway"]))) if "filters" in rule]
