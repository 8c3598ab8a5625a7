"""Models in a cluster with Flagger, released progressively, with simulated requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from kubernetes import client

from components import ModelService
from inferencectl.demos.canary.simulated_requests import SimulatedRequests, live_shares
from inferencectl.deployer import Deployer, KubernetesObject, kubernetes_objects
from inferencectl.deployer.progressive import refuse_interrupted_releases
from inferencectl.deployer.resources import Resources
from inferencectl.program.recording import record
from settings import RELEASE_PROTOCOLS, Autoscaling, Exposure, Gate, GateQuery, Model, ProgressiveRelease, Scaling
from tests.components.models import model, service_args, version
from tests.inferencectl.rest import Rest
from tests.waiting import soon

SCRAPE_SECONDS, INTERVAL_SECONDS, FAILURES = 1, 10, 2
STEPS = (5, 50)
RELEASE_SECONDS = 150
GATE = Gate(success_percent=99, latency_p95_milliseconds=200)
OWN = GateQuery(name="answered", query='sum(up{pod=~"$pods",namespace="$namespace"}) * 0 + 3', maximum=2)
BY_REQUESTS = Scaling(
    min_replicas=1,
    max_replicas=4,
    cpu_utilization_percent=None,
    requests_per_second=100,
    scale_down_window_seconds=0,
)


def silent(_message: str) -> None:
    pass


def released(name: str, candidate: int | None, versions: tuple[int, ...], steady: int = 1) -> Model:
    replicas: dict[str, Any] = {"scaling": BY_REQUESTS} if name == "scaled" else {"scaling": None, "replicas": 1}
    return model(
        name,
        exposure=Exposure.GATEWAY,
        versions=tuple(version(number, 100 if number == steady else 0) for number in versions),
        release=ProgressiveRelease(
            candidate=candidate,
            step_percents=STEPS,
            promotion_step_percent=50,
            interval_seconds=INTERVAL_SECONDS,
            failures=FAILURES,
            gate=GATE,
            queries=(OWN,) if name == "measured" else (),
        ),
        **replicas,
    )


@dataclass
class Releases:
    """The models in the cluster, each with Flagger's Canaries."""

    api: client.ApiClient
    namespace: str
    prometheus: str
    requests: SimulatedRequests

    def objects(self, *models: Model) -> tuple[KubernetesObject, ...]:
        autoscaling = Autoscaling(
            prometheus=self.prometheus,
            scraper_namespace="monitoring",
            scrape_interval_seconds=SCRAPE_SECONDS,
            polling_seconds=2,
        )

        def program() -> None:
            for each in models:
                args = service_args(
                    each, self.namespace, autoscaling=autoscaling, priority_class_name="system-cluster-critical"
                )
                ModelService(each.name, args, pulumi.ResourceOptions())

        return kubernetes_objects(record(program, project="inference", stack=self.namespace))

    def refuse(self, *models: Model) -> None:
        """What a deployment of these models begins with: it raises an error if Flagger does not allow it."""
        refuse_interrupted_releases(Resources(self.api), self.objects(*models))

    def up(self, *models: Model) -> int:
        """Deploy, and return how many objects were changed; each test's models are a stack of their own."""
        self.refuse(*models)
        objects = self.objects(*models)
        return len(Deployer(self.api, f"{self.namespace}-{models[0].name}").deploy(objects, silent).changed)

    def phases(self, name: str) -> tuple[str, ...]:
        canaries = Rest(self.api).items(f"/apis/flagger.app/v1beta1/namespaces/{self.namespace}/canaries")
        return tuple(canaries[f"{name}-{protocol}"]["status"]["phase"] for protocol in RELEASE_PROTOCOLS)

    def shares(self, name: str) -> tuple[Mapping[int, float], ...]:
        live = live_shares(Resources(self.api), self.namespace)
        return tuple(live[name, protocol] for protocol in RELEASE_PROTOCOLS)

    def steps(self, name: str, number: int) -> set[tuple[float, ...]]:
        """The shares that a version had one after the other, over each protocol."""
        return {
            tuple(share for _, share in self.requests.passage_of(name, protocol, number))
            for protocol in RELEASE_PROTOCOLS
        }

    def ends(self, name: str, phase: str) -> None:
        soon(lambda: self.phases(name) == (phase, phase), f"{name}: {phase}", RELEASE_SECONDS)

    def state(self, name: str) -> Mapping[str, object]:
        """What only Flagger may touch while it works: who has written its routes, and where its Services lead."""
        rest, core = Rest(self.api), f"/api/v1/namespaces/{self.namespace}/services"
        routes = rest.items(f"/apis/gateway.networking.k8s.io/v1/namespaces/{self.namespace}/httproutes")
        services = rest.items(core)
        return {
            **{f"route {key}": _writers(each) for key, each in routes.items() if _is_of(name, key)},
            **{f"service {key}": each["spec"]["selector"] for key, each in services.items() if _is_of(name, key)},
        }

    def replicas(self, workload: str) -> int:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{workload}"
        return Rest(self.api).get(path)["status"].get("readyReplicas", 0)


def _is_of(model: str, name: str) -> bool:
    return name.startswith(tuple(f"{model}-{protocol}" for protocol in RELEASE_PROTOCOLS))


def _writers(route: Mapping[str, Any]) -> set[str]:
    """Those that set a field of its spec; the gateway only reports its status."""
    return {each["manager"] for each in route["metadata"]["managedFields"] if "f:spec" in each["fieldsV1"]}
