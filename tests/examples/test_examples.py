"""The example programs, run where the components are installed and nothing else of the checkout is."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Action, Deployer, kubernetes_objects
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Recording, Resource
from tests.library.foreign import EXAMPLES, ROOT, recorded

STACKS = {"existing_program": "dev", "graph_of_models": "dev", "three_models": "prod"}
POLICY_PACK = ROOT / "policies"
every_program = pytest.mark.parametrize("example", STACKS)


def of(example: str) -> Recording:
    return recorded(example, STACKS[example])


def components(recording: Recording) -> Counter[str]:
    types = (resource.type.rpartition(":") for resource in recording.resources if not resource.custom)
    return Counter(name for package, _, name in types if package == "inference:index")


def in_cluster(recording: Recording, kind: str) -> Mapping[str, Resource]:
    """The objects of one kind by name."""
    found = [each for each in recording.resources if each.inputs.get("kind") == kind]
    return {each.inputs["metadata"]["name"]: each for each in found}


def pod(recording: Recording, workload: str) -> Any:
    return in_cluster(recording, "Deployment")[workload].inputs["spec"]["template"]


def test_every_example_is_run() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/__main__.py")} == set(STACKS)


@every_program
def test_every_object_goes_to_the_programs_own_cluster(example: str) -> None:
    recording = of(example)
    (provider,) = (each for each in recording.resources if each.type == "pulumi:providers:kubernetes")
    objects = [each for each in recording.resources if each.type.startswith("kubernetes:")]
    assert objects
    for each in objects:
        assert each.provider.startswith(f"{provider.urn}::"), each.urn


@every_program
def test_the_api_server_accepts_every_object(example: str, api_client: ApiClient) -> None:
    objects = kubernetes_objects(of(example))
    plan = Deployer(api_client, f"example-{example.replace('_', '-')}").preview(objects)
    assert len(plan.changes) == len(objects)
    assert all(change.action is Action.CREATE for change in plan.changes)


class TestGraphOfModels:
    def test_the_router_knows_where_the_models_answer_and_reaches_nobody_else(self) -> None:
        recording = of("graph_of_models")
        assert components(recording) == {"InferenceGraph": 1, "ModelNamespace": 1, "ModelService": 2}
        assert recording.outputs["claimScores"] == "http://claim-scores.claims.svc:8080/v2/models/claim-scores"
        graph = json.loads(in_cluster(recording, "ConfigMap")["claim-scores"].inputs["data"]["graph.json"])
        addresses = {each["name"]: each["address"] for each in graph["models"]}
        assert addresses == {"trees": "http://trees:8000", "network": "http://network:8000"}
        egress = in_cluster(recording, "NetworkPolicy")["claim-scores"].inputs["spec"]["egress"]
        reached = {rule["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in egress}
        assert reached == addresses.keys()


class TestExistingProgram:
    def test_the_components_stand_beside_what_the_program_has(self) -> None:
        recording = of("existing_program")
        assert components(recording) == {"GpuNodePool": 1, "ModelService": 1}
        assert in_cluster(recording, "Namespace").keys() == {"shop"}
        assert recording.outputs["ranking"] == "http://ranking.shop.svc:8000/v2/models/ranking"

    def test_the_models_pods_have_the_programs_identity_and_storage(self) -> None:
        recording = of("existing_program")
        spec = pod(recording, "ranking-v7")["spec"]
        # The pool's spare pods have one of their own.
        assert in_cluster(recording, "ServiceAccount").keys() == {"ranking", "shop-gpus-spare"}
        assert spec["serviceAccountName"] == "ranking"
        secrets = [volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume]
        assert secrets == ["model-storage"]
        (fetcher,) = spec["initContainers"]
        assert {"name": "RCLONE_CONFIG_STORAGE_ENDPOINT", "value": "https://minio.shop.example:9000"} in fetcher["env"]

    def test_a_part_of_a_card_follows_from_the_pool(self) -> None:
        spec = pod(of("existing_program"), "ranking-v7")["spec"]
        (server,) = spec["containers"]
        assert server["resources"]["limits"]["nvidia.com/gpu.shared"] == "1"
        assert spec["nodeSelector"] == {"node-restriction.kubernetes.io/gpu-pool": "shop-gpus"}

    def test_images_are_those_of_the_platform(self) -> None:
        (server,) = pod(of("existing_program"), "ranking-v7")["spec"]["containers"]
        assert server["image"].startswith("nvcr.io/nvidia/tritonserver:")

    def test_the_secret_stays_one(self) -> None:
        secret = in_cluster(of("existing_program"), "Secret")["model-storage"]
        assert "stringData" in secret.secret_keys


class TestThreeModels:
    def test_three_models_share_a_namespace(self) -> None:
        recording = of("three_models")
        assert components(recording) == {"ModelNamespace": 1, "ModelService": 3, "MonitoringStack": 1}
        assert in_cluster(recording, "Deployment").keys() == {"demand-v3", "demand-v4", "prices-v1", "returns-v12"}

    def test_the_teams_prometheus_scales_and_its_istio_exposes(self) -> None:
        recording = of("three_models")
        scaled = in_cluster(recording, "ScaledObject")
        assert scaled.keys() == {"demand-v3", "demand-v4", "prices-v1"}
        triggers = [each for made in scaled.values() for each in made.inputs["spec"]["triggers"]]
        addresses = {each["metadata"]["serverAddress"] for each in triggers if each["type"] == "prometheus"}
        assert addresses == {"http://prometheus.monitoring.svc:9090"}
        routes = in_cluster(recording, "HTTPRoute")
        parents = [route.inputs["spec"]["parentRefs"] for route in routes.values()]
        assert parents == [[{"name": "public", "namespace": "istio-ingress"}]] * 2
        assert recording.outputs["addresses"] == {
            "demand": "https://demand.forecasts.example/v1/models/demand",
            "prices": "https://prices.forecasts.example/v2/models/prices",
            "returns": "http://returns.forecasts.svc:8501/v1/models/returns",
        }

    def test_the_escape_hatch_reaches_every_pod(self) -> None:
        recording = of("three_models")
        for workload in in_cluster(recording, "Deployment"):
            assert pod(recording, workload)["metadata"]["labels"]["sidecar.istio.io/inject"] == "false", workload

    def test_the_policy_pack_finds_no_violation(self) -> None:
        recording = of("three_models")
        with Analyzer(POLICY_PACK, recording.project, "prod", POLICY_PACK / "config" / "prod.json") as pack:
            findings = pack.analyze(recording.resources)
        assert [finding for finding in findings if finding.level == "mandatory"] == []
