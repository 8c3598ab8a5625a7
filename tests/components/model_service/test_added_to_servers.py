"""What a stack adds to the servers of a model, as it gets into their pods, Services and Ingresses."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.model_service.manifests import network, workload
from components.model_service.runtimes import server_of
from settings import Exposure, SettingsError
from tests.components.models import INGRESS, MODELS, RUNTIME_EXAMPLES, SMALL, model, service_args, version

ADDED = MODELS["adjusted"]


def template(**fields: Any) -> Any:
    made: Any = workload.deployment(service_args(model(**fields)).served[0])
    return made.spec


def variables(spec: Any) -> Mapping[str, str]:
    (server,) = spec.template.spec.containers
    return {each.name: each.value for each in server.env}


def test_the_server_gets_the_variables_and_the_fetcher_does_not() -> None:
    spec = template(**ADDED)
    assert variables(spec) == {**variables(template()), "TF_ENABLE_ONEDNN_OPTS": "0"}
    fetchers = [each.name for container in spec.template.spec.init_containers for each in container.env or ()]
    assert fetchers
    assert "TF_ENABLE_ONEDNN_OPTS" not in fetchers


def test_what_the_platform_sets_is_refused_without_a_stack_file_too() -> None:
    with pytest.raises(SettingsError, match=r"model\.environment\.OMP_NUM_THREADS: set by the platform"):
        template(environment={"OMP_NUM_THREADS": "64"})


@pytest.mark.parametrize(
    ("runtime", "flags", "expected"),
    [
        ("tensorflow-serving", ADDED["server_flags"], ["--grpc_max_threads=8", "--prefer_tflite_model=false"]),
        ("triton", {"http-thread-count": 4, "allow-cpu-metrics": True}, ["--http-thread-count=4"]),
    ],
)
def test_flags_are_arguments_after_the_platforms(runtime: str, flags: Mapping[str, Any], expected: list[str]) -> None:
    before, after = (
        server_of(model(**RUNTIME_EXAMPLES[runtime], server_flags=each), version(1), SMALL, None).arguments
        for each in ({}, flags)
    )
    assert after[: len(before)] == before
    assert len(after) == len(before) + len(flags)
    assert {*expected} < {*after}


def test_flags_of_torchserve_are_lines_of_its_configuration() -> None:
    asking = model(runtime="torchserve", server_flags={"max_request_size": 65536, "prefer_direct_buffer": True})
    lines = server_of(asking, version(1), SMALL, None).files["config.properties"].splitlines()
    assert {"max_request_size=65536", "prefer_direct_buffer=true"} < {*lines}


def test_pods_have_the_annotations_and_labels_and_are_selected_without_them() -> None:
    plain, added = template(), template(**ADDED)
    assert added.template.metadata.labels == {**plain.template.metadata.labels, "team": "shop"}
    assert added.template.metadata.annotations == {
        **plain.template.metadata.annotations,
        "contact": "shop@models.example",
    }
    assert added.selector.match_labels == plain.selector.match_labels


def test_the_stable_service_alone_has_the_annotations_of_services() -> None:
    annotations = {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}
    args = service_args(
        model(service_annotations=annotations, exposure=Exposure.LOAD_BALANCER, clients=("192.0.2.0/24",))
    )
    stable: Any = network.stable_service(args)
    versions: Any = network.version_service(args.served[0])
    assert stable.metadata.annotations == annotations
    assert not versions.metadata.annotations


def test_the_ingress_has_the_annotations_of_the_controller() -> None:
    annotations = {"nginx.ingress.kubernetes.io/proxy-body-size": "8m"}
    controller = INGRESS.model_copy(update={"annotations": annotations})
    args = service_args(model(exposure=Exposure.INGRESS), ingress=controller)
    made: Any = network.ingress(args, controller)
    assert made.metadata.annotations == annotations


def test_a_change_of_a_flag_replaces_the_pods() -> None:
    for runtime, flags in (("tensorflow-serving", {"grpc_max_threads": 8}), ("torchserve", {"async_logging": True})):
        fields = {**RUNTIME_EXAMPLES[runtime], "runtime": runtime, "versions": (version(1),)}
        before, after = (template(**fields, server_flags=each) for each in ({}, flags))
        assert before.template != after.template, runtime
