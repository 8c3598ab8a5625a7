"""The addresses of a model and who may use them, made by pure functions and looked at without mocks."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportOptionalIterable=false, reportGeneralTypeIssues=false
# pyright: reportOptionalSubscript=false, reportIndexIssue=false, reportCallIssue=false, reportReturnType=false

from typing import Any

import pytest

from components.model_service.args import primary_version
from components.model_service.manifests import network, workload
from settings import Exposure
from tests.components.model_service.served_models import exposed, ports, served
from tests.components.models import GATEWAY, INGRESS, MODELS, TWO_VERSIONS, model, service_args, version


class TestAddresses:
    def test_the_stable_address_is_the_heaviest_version(self) -> None:
        args = service_args(model(versions=(version(1, 0), version(2, 100))))
        assert primary_version(args).version.version == 2
        selector = network.stable_service(args).spec.selector
        assert selector == network.version_service(args.served[1]).spec.selector

    def test_each_address_selects_the_pods_of_its_version_alone(self) -> None:
        first, second = service_args(model(exposure=Exposure.GATEWAY, versions=TWO_VERSIONS)).served
        pods = {of.name: workload.deployment(of).spec.template.metadata.labels for of in (first, second)}
        for of in (first, second):
            selectors = [network.version_service(of).spec.selector, network.headless_service(of).spec.selector]
            for selector in selectors:
                assert [name for name, labels in pods.items() if selector.items() <= labels.items()] == [of.name]

    @pytest.mark.parametrize(
        ("exposure", "service_type"),
        [
            (Exposure.CLUSTER_IP, "ClusterIP"),
            (Exposure.NODE_PORT, "NodePort"),
            (Exposure.LOAD_BALANCER, "LoadBalancer"),
            (Exposure.INGRESS, "ClusterIP"),
            (Exposure.GATEWAY, "ClusterIP"),
        ],
    )
    def test_exposure_is_the_type_of_the_stable_service(self, exposure: Exposure, service_type: str) -> None:
        assert network.stable_service(exposed(exposure)).spec.type == service_type

    def test_a_stateful_model_keeps_clients_on_their_pod(self) -> None:
        of = served(**MODELS["stateful"])
        for service in (network.stable_service(of.args), network.version_service(of)):
            assert service.spec.session_affinity == "ClientIP"
            assert service.spec.session_affinity_config.client_ip.timeout_seconds == 3 * 60 * 60
        assert network.headless_service(of).spec.cluster_ip == "None"
        assert workload.stateful_set(of).spec.service_name == network.headless_service(of).metadata.name

    def test_clients_of_other_models_are_spread_over_the_pods(self) -> None:
        spec = network.stable_service(served().args).spec
        assert (spec.session_affinity, spec.session_affinity_config) == ("None", None)

    def test_the_route_splits_http_and_grpc_by_weight(self) -> None:
        args = service_args(model(exposure=Exposure.GATEWAY, versions=TWO_VERSIONS))
        rest, grpc = network.route(args, GATEWAY)["rules"]
        assert rest["matches"][0]["path"]["value"] == "/v1/models/mnist"
        assert grpc["matches"][0]["path"]["value"] == "/tensorflow.serving.PredictionService"
        for rule, port in ((rest, 8501), (grpc, 8500)):
            assert rule["backendRefs"] == [
                {"name": "mnist-v1", "port": port, "weight": 90},
                {"name": "mnist-v2", "port": port, "weight": 10},
            ]

    @pytest.mark.parametrize(
        ("kind", "http", "grpc"),
        [
            ("torchserve", "/predictions/mnist", "org.pytorch.serve.grpc.inference.InferenceAPIsService"),
            ("triton", "/v2/models/mnist", "inference.GRPCInferenceService"),
        ],
    )
    def test_the_route_leads_to_what_the_runtime_calls_its_services(self, kind: str, http: str, grpc: str) -> None:
        args = service_args(model(exposure=Exposure.GATEWAY, **MODELS[kind]))
        paths = [
            [match["path"]["value"] for match in rule["matches"]] for rule in network.route(args, GATEWAY)["rules"]
        ]
        assert paths == [[http], [f"/{grpc}"]]

    def test_an_ingress_is_over_tls_only(self) -> None:
        spec = network.ingress(service_args(model(exposure=Exposure.INGRESS)), INGRESS).spec
        (tls,) = spec.tls
        (rule,) = spec.rules
        assert tls.hosts == [rule.host]
        assert tls.secret_name == "mnist-tls"

    def test_an_ingress_leads_http_of_the_model_to_its_stable_address(self) -> None:
        args = service_args(model(exposure=Exposure.INGRESS))
        spec = network.ingress(args, INGRESS).spec
        ((path,),) = (rule.http.paths for rule in spec.rules)
        assert (spec.ingress_class_name, path.path, path.path_type) == ("public", "/v1/models/mnist", "Prefix")
        service = path.backend.service
        assert service.name == network.stable_service(args).metadata.name
        assert service.port.number == 8501

    @pytest.mark.parametrize("exposure", Exposure)
    def test_addresses_are_urls_of_the_model(self, exposure: Exposure) -> None:
        address = network.address(exposed(exposure), "models")
        outside = exposure in (Exposure.GATEWAY, Exposure.INGRESS)
        host = "https://mnist.models.example" if outside else "http://mnist.models.svc:8501"
        assert address == f"{host}/v1/models/mnist"


class TestNetworkPolicies:
    def peers(self, **fields: Any) -> list[Any]:
        (rule,) = network.server_policy(service_args(model(**fields))).spec.ingress
        assert ports([rule]) == {8500, 8501}
        return rule.from_

    @pytest.mark.parametrize(("exposure", "namespace"), [(Exposure.GATEWAY, "gateway"), (Exposure.INGRESS, "ingress")])
    def test_only_the_entrance_reaches_a_model_behind_it(self, exposure: Exposure, namespace: str) -> None:
        (peer,) = self.peers(exposure=exposure)
        assert peer.namespace_selector.match_labels == {"kubernetes.io/metadata.name": namespace}

    @pytest.mark.parametrize("exposure", [Exposure.NODE_PORT, Exposure.LOAD_BALANCER])
    def test_only_the_named_networks_reach_an_open_port(self, exposure: Exposure) -> None:
        (peer,) = self.peers(exposure=exposure, clients=("198.51.100.0/24",))
        assert peer.ip_block.cidr == "198.51.100.0/24"
        service = network.stable_service(exposed(exposure))
        assert service.spec.external_traffic_policy == "Local"

    def test_inside_the_cluster_only_marked_namespaces_and_the_models_own(self) -> None:
        marked, own = self.peers()
        assert marked.namespace_selector.match_labels == {"inference/model-client": "true"}
        assert own.namespace_selector is None
        assert own.pod_selector.match_labels is None

    def test_storage_is_the_only_way_out_and_only_for_who_copies(self) -> None:
        (egress,) = network.server_policy(service_args()).spec.egress
        assert egress.to[0].ip_block.cidr == "192.0.2.0/24"
        assert ports([egress]) == {9000}
        with_volume = service_args(model(**MODELS["volume"]))
        assert network.server_policy(with_volume).spec.egress == []
        assert ports(network.import_policy(with_volume).spec.egress) == {9000}
        assert network.import_policy(with_volume).spec.ingress is None
