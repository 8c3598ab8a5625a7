"""Models that are watched: what the examples and the tests of monitoring begin with."""

from collections.abc import Mapping, Sequence

import pulumi

from components import ModelServiceArgs, MonitoringStack, MonitoringStackArgs
from settings import Mesh, ModelMesh, Monitoring, Objective
from settings.cluster.alerting.alerting import Alerting
from settings.model.sampling import Sampling
from tests.components.models import GPU, KEDA, MESH, MODELS, PROGRESSIVE, SCALINGS, SMALL, model, service_args
from tests.components.pools import MODEL_POOLS, asking_for
from tests.settings.settings_alerting import ALERTING

MONITORING = Monitoring(
    scraper_namespace="monitoring",
    labels={"release": "prometheus"},
    team="ml-platform",
    runbooks="https://runbooks.example/inference",
    cert_manager=True,
    api_server=True,
    alerting=Alerting.model_validate(ALERTING),
)
OBJECTIVE = Objective(availability_percent=99.5, latency_p95_milliseconds=200)


def watched_models(namespace: pulumi.Input[str] = "models") -> Mapping[str, ModelServiceArgs]:
    """A model for each alert there is, by the model's name."""
    everything = {"autoscaling": KEDA, "monitoring": MONITORING}
    served = [
        meshed_model(namespace),
        service_args(model("ranker", **MODELS["blue-green"], sampling=Sampling(percent=10)), namespace, **everything),
        service_args(model("mnist", objective=OBJECTIVE), namespace, **everything),
        service_args(model("bert", scaling=SCALINGS["load"]), namespace, **everything, resources=GPU),
        service_args(
            model("sliced"),
            namespace,
            **everything,
            pools=[MODEL_POOLS["mig"]],
            resources=asking_for(MODEL_POOLS["mig"], MODEL_POOLS["mig"].offers[0]),
        ),
        *(
            service_args(
                model(name),
                namespace,
                **everything,
                pools=[MODEL_POOLS[vendor]],
                resources=asking_for(MODEL_POOLS[vendor], MODEL_POOLS[vendor].offers[0]),
            )
            for name, vendor in (("instinct", "amd"), ("habana", "gaudi"))
        ),
        service_args(model("vision", **PROGRESSIVE), namespace, **everything),
        service_args(model("recommender", **MODELS["stateful"]), namespace, **everything),
        service_args(model("speech", **MODELS["volume"]), namespace, **everything),
        service_args(
            model("digits", **MODELS["triton"], objective=Objective(availability_percent=99.9)), namespace, **everything
        ),
        service_args(model("legacy", **MODELS["torchserve"]), namespace, monitoring=MONITORING, resources=SMALL),
    ]
    return {args.model.name: args for args in served}


def meshed_model(namespace: pulumi.Input[str] = "models", mesh: Mesh = MESH) -> ModelServiceArgs:
    """A model whose pods have a proxy."""
    own = model("meshed", mesh=ModelMesh(callers=("shop",)))
    return service_args(own, namespace, mesh=mesh, monitoring=MONITORING)


def watched_services(namespace: pulumi.Input[str] = "models") -> Sequence[ModelServiceArgs]:
    """Two of them, with and without a proxy: the others repeat their objects."""
    return [watched_models(namespace)["mnist"], meshed_model(namespace)]


def monitoring_stack(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> MonitoringStack:
    return MonitoringStack(name, MonitoringStackArgs.of(MONITORING, watched_services(namespace)), opts)
