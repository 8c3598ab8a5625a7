"""The arguments of a model without a platform: what follows from them, and which are refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components import GpuNodePool, GpuNodePoolArgs, ModelService, ModelServiceArgs
from inferencectl.program.recording import Recording, record
from settings import Exposure, GpuRequest, ResourceClass, Scaling, SettingsError, Warmup, read_lock
from tests.components.model_service.signing import SIGNING
from tests.components.models import GATEWAY, INGRESS, KEDA, MODELS, STORAGE, model
from tests.components.pools import MODEL_POOLS, asking_for, existing, karpenter
from versions import MODEL_FETCHER, PAUSE, RUNTIME_IMAGES

SHARE = ResourceClass(cpu="1", memory="2Gi", gpu=GpuRequest(accelerator="l4", share=0.125))


def args(served: Any = None, **given: Any) -> ModelServiceArgs:
    return ModelServiceArgs(model=served or model(), storage=STORAGE, namespace="models", **given)


def recorded(given: ModelServiceArgs) -> Recording:
    return record(lambda: [ModelService("mnist", given)][0] and None, project="shop", stack="dev")


def pods(recording: Recording) -> Iterator[Any]:
    for each in recording.resources:
        if each.inputs.get("kind") in ("Deployment", "Job"):
            yield each.inputs["spec"]["template"]["spec"]


def problems(given: Any) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        given()
    return str(refusal.value).splitlines()


class TestDefaults:
    def test_a_model_its_storage_and_a_namespace_are_enough(self) -> None:
        (pod,) = pods(recorded(args()))
        (server,), (fetcher,) = pod["containers"], pod["initContainers"]
        assert server["resources"]["limits"].items() >= {"cpu": "1", "memory": "2Gi"}.items()
        assert server["image"] == RUNTIME_IMAGES["tensorflow-serving"].cpu.pinned(read_lock())
        assert fetcher["image"] == MODEL_FETCHER.pinned(read_lock())
        assert pod["serviceAccountName"] == "mnist"
        assert "priorityClassName" not in pod

    def test_a_class_with_gpus_gets_them_and_the_build_for_them(self) -> None:
        (pod,) = pods(recorded(args(model(resources="gpu"))))
        (server,) = pod["containers"]
        assert server["resources"]["limits"]["nvidia.com/gpu"] == "1"
        assert server["image"] == RUNTIME_IMAGES["tensorflow-serving"].gpu.pinned(read_lock())

    @pytest.mark.parametrize(
        ("fields", "hostname"),
        [
            ({"exposure": Exposure.GATEWAY}, "mnist.models.example"),
            ({"exposure": Exposure.INGRESS, "hostname": "mnist.example"}, "mnist.example"),
            ({}, ""),
        ],
    )
    def test_the_host_name_follows_from_the_exposure(self, fields: dict[str, Any], hostname: str) -> None:
        assert args(model(**fields), gateway=GATEWAY, ingress=INGRESS).hostname == hostname

    def test_an_existing_service_account_is_used_and_none_is_created(self) -> None:
        recording = recorded(args(model(**MODELS["volume"]), service_account_name="ranking"))
        assert [pod["serviceAccountName"] for pod in pods(recording)] == ["ranking", "ranking"]
        assert not [each for each in recording.resources if each.inputs.get("kind") == "ServiceAccount"]

    def test_a_pool_without_spare_pods_needs_no_namespace(self) -> None:
        given = GpuNodePoolArgs(pool=karpenter())
        recording = record(lambda: [GpuNodePool("pool", given)][0] and None, project="shop", stack="dev")
        assert [each.inputs["kind"] for each in recording.resources if each.custom] == ["NodePool"]

    def test_spare_pods_run_the_pause_image_of_the_platform(self) -> None:
        assert GpuNodePoolArgs(pool=karpenter()).pause_reference == PAUSE.pinned(read_lock())


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "given", "problem"),
        [
            (
                {"resources": "tiny"},
                {},
                'model.resources: "tiny"; expected a resource class: small, medium, large or gpu',
            ),
            ({"size": "1Gi"}, {}, 'model.resources: "small" with 2Gi of memory; expected at least 2.5Gi'),
            ({"exposure": Exposure.GATEWAY}, {"ingress": INGRESS}, "model.exposure: gateway, but "),
            ({"exposure": Exposure.INGRESS}, {"gateway": GATEWAY}, "model.exposure: ingress, but "),
            ({"runtime": "triton"}, {}, "model.triton: missing; expected the backend"),
            (
                {"runtime": "torchserve", "warmup": Warmup.REQUIRED},
                {},
                "model.warmup: has no effect with runtime torchserve",
            ),
            (
                {"scaling": Scaling(min_replicas=1, max_replicas=2, requests_per_second=1)},
                {},
                "model.scaling.requests_per_second: set, but ",
            ),
            ({}, {"resources": SHARE}, 'model.resources: "small", a share of 0.125 of l4 with 1 CPU'),
            ({}, {"resources": SHARE, "pools": (existing(),)}, 'model.resources: "small", a share of 0.125 of l4'),
            ({}, {"signing": SIGNING}, "fetcher_image: missing; expected the image built from model_images/tools"),
        ],
    )
    def test_what_does_not_fit_together_is_named(
        self, fields: dict[str, Any], given: dict[str, Any], problem: str
    ) -> None:
        (line,) = problems(lambda: args(model(**fields), **given))
        assert line.startswith(f"ModelServiceArgs: {problem}"), line

    def test_all_problems_are_reported_at_once(self) -> None:
        served = model(exposure=Exposure.GATEWAY, runtime="triton")
        assert [line.split(": ")[1] for line in problems(lambda: args(served, signing=SIGNING))] == [
            "model.exposure",
            "model.triton",
            "fetcher_image",
        ]

    def test_another_vendors_accelerators_need_an_image(self) -> None:
        pool = existing(accelerator="mi300x")
        resources = ResourceClass(cpu="1", memory="2Gi", gpu=GpuRequest(accelerator="mi300x", count=1))
        (line,) = problems(lambda: args(resources=resources, pools=(pool,)))
        assert line.startswith("ModelServiceArgs: model.image: missing")
        given = args(resources=resources, pools=(pool,), server_image="registry.example/team/server:1.2")
        assert given.server_reference == "registry.example/team/server:1.2"

    @pytest.mark.parametrize("kind", ["mig", "shared", "gaudi"])
    def test_what_nobody_measures_of_a_device_is_no_target(self, kind: str) -> None:
        pool = MODEL_POOLS[kind]
        scaled = model(scaling=Scaling(min_replicas=2, max_replicas=4, gpu_utilization_percent=80))
        asked = asking_for(pool, pool.offers[0])
        image = "registry.example/team/server:1.2"
        (line,) = problems(lambda: args(scaled, autoscaling=KEDA, pools=(pool,), resources=asked, server_image=image))
        expected = f"model.scaling.gpu_utilization_percent: 80 for pods with {pool.offers[0].resource}, shared or not"
        assert line.startswith(f"ModelServiceArgs: {expected}")

    def test_a_whole_card_of_a_pool_is_measured(self) -> None:
        pool = existing()
        scaled = model(scaling=Scaling(min_replicas=2, max_replicas=4, gpu_utilization_percent=80))
        assert args(scaled, autoscaling=KEDA, pools=(pool,), resources=asking_for(pool, pool.offers[0])).devices

    def test_spare_pods_need_a_namespace(self) -> None:
        (line,) = problems(lambda: GpuNodePoolArgs(pool=karpenter(spare=2)))
        assert line == (
            "GpuNodePoolArgs: namespace: missing; expected an existing namespace for the 2 spare pods of 'pool'; "
            "or a pool with spare=0"
        )

    def test_the_error_of_the_documentation_is_what_is_said(self) -> None:
        text = (Path(__file__).parents[3] / "docs" / "library.md").read_text(encoding="utf-8")
        (line,) = problems(lambda: args(model(resources="gpu", size="8Gi")))
        assert f"\n{line}\n" in text
