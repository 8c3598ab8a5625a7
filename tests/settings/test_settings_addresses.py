"""What two models of a stack may share: no address over gRPC, no host name of two entrances, and no object's name."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from components.model_service.runtimes import server_of
from inferencectl.deployer import kubernetes_objects
from inferencectl.program.recording import record_program
from settings import BUILT_IN_CLASSES, load
from settings.consistency.exposure import ROUTE_BACKENDS
from settings.consistency.runtimes import CAPABILITIES
from tests.components.models import model, version
from tests.settings.settings_pools import EXISTING, stack
from tests.settings.settings_stack import IRIS, MNIST, RECOMMENDER, ROOT, edited, problems

INGRESS: Mapping[str, Any] = {"namespace": "ingress", "hostname": "models.dev.example"}
SHA256 = "2db0e77b508615ae5db7a6f8b8d4005f60a0b98038a22a5fbc21383c5b4dfce6"
_KINDS_WITH_THE_NAME_OF_A_MODEL = {"Service", "NetworkPolicy", "ServiceAccount", "HTTPRoute", "Ingress"}
TRITON: Mapping[str, Any] = {"runtime": "triton", "triton": {"backend": "onnxruntime"}}


def exposed(index: int, exposure: str = "gateway", **fields: Any) -> dict[str, Any]:
    return {f"models.{index}.{key}": value for key, value in {"exposure": exposure, **fields}.items()}


class TestHostNames:
    def test_two_models_of_a_runtime_have_one_each(self) -> None:
        expected = "expected a host name for each model of tensorflow-serving, whose gRPC paths name no model"
        hint = "leave hostname out for one below the entrance's domain"
        assert problems(exposed(1, hostname="mnist.models.dev.example")) == [
            f"{path}.hostname: 'mnist.models.dev.example', also that of '{other}'; {expected}; {hint}"
            for path, other in ((MNIST, "iris"), (IRIS, "mnist"))
        ]

    def test_a_host_name_leads_to_one_entrance(self) -> None:
        edits = {**exposed(1, "ingress", hostname="mnist.models.dev.example"), "ingress": INGRESS}
        found = problems(edits)
        assert [line.partition(",")[0] for line in found] == [
            f"{path}.hostname: 'mnist.models.dev.example'" for path in (MNIST, IRIS)
        ]
        assert "with exposure ingress; expected one exposure for a host name" in found[0]

    @pytest.mark.parametrize("exposure", ["gateway", "ingress"])
    def test_models_that_share_no_path_share_a_host_name(self, exposure: str) -> None:
        """Over an Ingress only HTTP requests come, which have the model in their path."""
        other = TRITON if exposure == "gateway" else {}
        edits = {
            **exposed(1, exposure, hostname="shared.example"),
            **exposed(2, exposure, hostname="shared.example", stateful=False, **other),
            "ingress": INGRESS,
        }
        load("dev", edited(edits))

    def test_models_at_one_host_name_have_a_cookie_each(self) -> None:
        quota = {"cpu": 400, "memory": "2Ti", "pods": 400, "storage": "1Ti"}

        def edits(*cookies: str) -> dict[str, Any]:
            """Models of two runtimes, each with two versions that clients stay with."""
            return {
                f"models.{index}.{key}": value
                for index, cookie, runtime in zip((1, 2), cookies, ({}, TRITON), strict=True)
                for key, value in {
                    **runtime,
                    "exposure": "gateway",
                    "hostname": "shared.example",
                    "stateful": False,
                    "versions": TestRoutes.versions(2),
                    "release": {"strategy": "weights", "sticky": {"cookie": cookie}},
                }.items()
            } | {"quota": quota, "models.2.volume.capacity": "2Gi"}

        load("dev", edited(edits("iris-release", "recommender-release")))
        expected = "expected a cookie for each model of a host name, which a browser has once"
        assert problems(edits("release", "release")) == [
            f"{path}.release.sticky.cookie: 'release' at 'shared.example', also that of '{other}'; {expected}"
            for path, other in ((IRIS, "recommender"), (RECOMMENDER, "iris"))
        ]

    def test_paths_of_the_runtimes_never_meet(self) -> None:
        """What the two checks above rest on, whichever runtime is added."""
        served = [
            server_of(model(name, runtime=runtime, **fields), version(1), BUILT_IN_CLASSES["small"], None)
            for runtime in CAPABILITIES
            for name in ("a", "ab")
            for fields in [{"triton": TRITON["triton"]} if runtime == "triton" else {}]
        ]
        prefixes = Counter(f"{server.http_prefix}/" for server in served)
        assert max(prefixes.values()) == 1
        assert not [one for one in prefixes for other in prefixes if one != other and one.startswith(other)]
        services = Counter(name for server in served for name in server.grpc_services)
        assert set(services.values()) == {2}

    def test_a_default_fits_into_a_host_name(self) -> None:
        assert problems({"gateway.hostname": ".".join(["d" * 62] * 4)}) == [
            (
                f"{MNIST}.hostname: a default of 257 characters; expected a host name of at most 253 characters; "
                "set hostname, or shorten that of the entrance"
            )
        ]


class TestRoutes:
    @staticmethod
    def versions(count: int) -> list[dict[str, Any]]:
        return [
            {"version": n, "storage": f"s3://models/mnist/{n}", "sha256": SHA256, "weight": 100 if n == 1 else 0}
            for n in range(1, count + 1)
        ]

    @staticmethod
    def edits(count: int, **fields: Any) -> dict[str, Any]:
        quota = {"cpu": 400, "memory": "2Ti", "pods": 400}
        return {"models.0.versions": TestRoutes.versions(count), "quota": quota, **fields}

    def test_a_route_holds_as_many_versions_as_a_rule_has_backends(self) -> None:
        load("dev", edited(self.edits(ROUTE_BACKENDS)))
        assert problems(self.edits(ROUTE_BACKENDS + 1)) == [
            (
                f"{MNIST}.versions: 17 versions with exposure gateway; expected at most 16, the backends that a rule "
                "of an HTTPRoute may have in the Gateway API; remove versions that get no requests, or serve some of "
                "them as another model"
            )
        ]

    def test_elsewhere_versions_are_not_counted(self) -> None:
        load("dev", edited(self.edits(20, **{"models.0.exposure": "cluster-ip"})))

    @pytest.mark.parametrize("exposure", ["gateway", "ingress"])
    def test_affinity_ends_at_an_entrance(self, exposure: str) -> None:
        assert problems({**exposed(2, exposure), "ingress": INGRESS}) == [
            (
                f"{RECOMMENDER}.stateful: true with exposure {exposure}, whose requests pass by the Service and "
                "its affinity; expected exposure cluster-ip, node-port or load-balancer, or no stateful"
            )
        ]


FULL: Mapping[str, Any] = {
    **stack([{**EXISTING, "sharing": {"strategy": "time-slicing", "replicas": 4}, "spare": 1}]),
    "verification": {"schedule": "@daily", "image": f"registry.example/tools@sha256:{'4' * 64}"},
    "gpuSoftware": {"source": "manifests", "namespace": "gpu-operator"},
}
"""The dev stack with every part that makes objects in the namespace of the models, one of them stateful in a volume."""


def objects() -> list[tuple[str, str | None, str]]:
    """Kind, namespace and name of every object of the full stack."""
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(FULL))
    return [(item.key.kind, item.key.namespace, item.key.name) for item in kubernetes_objects(recording)]


class TestObjectNames:
    def test_no_two_objects_have_a_name_in_common(self) -> None:
        assert max(Counter(objects()).values()) == 1

    def test_no_model_gets_the_name_of_another_object(self) -> None:
        """Whatever parts the platform gets: a model whose name one of its objects has already is refused."""
        named = {model["name"] for model in json.loads(edited(FULL)["inference:platform"])["models"]}
        taken = {
            name
            for kind, namespace, name in objects()
            if namespace == "models-dev" and kind in _KINDS_WITH_THE_NAME_OF_A_MODEL
        }
        others = sorted(taken - named)
        assert {"image-prepull", "iris-v1", "recommender-import", "recommender-v3-pods", "shared-spare"} <= set(others)
        for name in [*others, "default"]:
            renamed = 1 if name.startswith("mnist") else 0  # the other one keeps the name that is taken
            found = problems({**FULL, f"models.{renamed}.name": name})
            assert any(f"({name}).name: '{name}', also the name of a " in line for line in found), (name, found)

    def test_names_that_only_look_alike_are_free(self) -> None:
        for name in ("iris-v2", "mnist-import", "mnist-v1-pods", "recommender-v3-config", "other-spare"):
            load("dev", edited({**FULL, "models.1.name": name}))

    def test_software_of_the_nodes_has_a_namespace_of_its_own(self) -> None:
        (line,) = problems({**FULL, "gpuSoftware.namespace": "models-dev"})
        assert line.startswith(".gpuSoftware.namespace: 'models-dev', also the namespace of the models; expected a ")

    def test_an_import_has_a_name_that_is_not_cut(self) -> None:
        """A Job's name is in a label of its pods, which holds 63 characters; the fingerprint takes 16 of them."""
        name = "r" * 40
        load("dev", edited({"models.2.name": name, "models.2.versions.0.version": 10**4}))
        assert problems({"models.2.name": name, "models.2.versions.0.version": 10**5}) == [
            (
                f".models[2] ({name}).versions[0].version: workload name {name}-v100000 of 48 characters; expected at "
                "most 47 characters for a model with a volume; shorten the model's name or the version number"
            )
        ]
