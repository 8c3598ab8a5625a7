"""Models in a mesh: what the examples and the tests of the mesh begin with."""

from collections.abc import Mapping, Sequence

import pulumi

from components import ModelServiceArgs, ServiceMesh, ServiceMeshArgs
from settings import Exposure, Mesh, Model, ModelMesh, RateLimit, Retries, RetryCondition
from tests.components.models import KEDA, MESH, MODELS, PROGRESSIVE, TWO_VERSIONS, model, service_args

MESHED: Mapping[str, Model] = {
    "public": model("public", exposure=Exposure.GATEWAY, versions=TWO_VERSIONS),
    "guarded": model(
        "guarded",
        exposure=Exposure.GATEWAY,
        mesh=ModelMesh(
            callers=("partner", "shop"),
            rate_limits=(
                RateLimit(caller="partner", requests_per_minute_per_pod=30, burst_requests=60),
                RateLimit(caller="shop", requests_per_second_per_pod=100),
            ),
            max_request_bytes="4Mi",
            timeout_seconds=10,
        ),
    ),
    "internal": model(
        "internal",
        runtime="triton",
        triton=MODELS["triton"]["triton"],
        mesh=ModelMesh(
            callers=("lab", "batch"),
            retries=Retries(conditions=(RetryCondition.UNAVAILABLE,), idempotent=True),
            prefer_near=True,
        ),
    ),
    "stepwise": model("stepwise", **PROGRESSIVE),
    "sticky": model("sticky", stateful=True, replicas=2, scaling=None, mesh=ModelMesh(callers=("shop",))),
}
"""A model open to the gateway, one that asks for tokens there, one that Flagger releases, and two for callers in the
cluster."""


def meshed_services(namespace: pulumi.Input[str] = "models", mesh: Mesh = MESH) -> Sequence[ModelServiceArgs]:
    return [service_args(each, namespace, mesh=mesh, autoscaling=KEDA) for each in MESHED.values()]


def mesh_args(namespace: pulumi.Input[str] = "models", mesh: Mesh = MESH) -> ServiceMeshArgs:
    return ServiceMeshArgs(
        namespace=namespace,
        mesh=mesh,
        models=[args.meshed for args in meshed_services(namespace, mesh)],
        verifier="model-verification",
    )


def service_mesh(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> ServiceMesh:
    return ServiceMesh(name, mesh_args(namespace), opts)
