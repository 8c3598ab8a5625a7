"""Two stacks that have every rule there is between them: one without a mesh that keeps logs, one in a mesh."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inferencectl.deployer import KubernetesObject, kubernetes_objects
from inferencectl.program.recording import record_program
from tests.components.logging_stack.kept_logs import LOGGING
from tests.components.service_mesh.stack_of_mesh import EDITS as MESHED
from tests.settings.settings_stack import ROOT, edited

SELECTED = {"release": "prometheus"}
"""The labels that the Prometheus object selects by."""
PLAIN, MESH = "reconciled-plain", "reconciled-mesh"
"""The namespaces of both."""
LOGS = "reconciled-logs"
"""The namespace of the collectors."""
SCRAPE_SECONDS = 5
_DIGEST = {"sha256": "ab" * 32}


def _model(name: str, **fields: object) -> Mapping[str, object]:
    version = {"version": 1, "storage": f"s3://models/{name}/1", **_DIGEST}
    served = {"runtime": "tensorflow-serving", "size": "24Mi", "resources": "small", "versions": [version]}
    return {"name": name, **served, **fields}


_SHARED: Mapping[str, Any] = {
    "monitoring": {
        "scraperNamespace": "monitoring",
        "labels": SELECTED,
        "scrapeIntervalSeconds": SCRAPE_SECONDS,
        "certManager": True,
        "apiServer": True,
        "dashboards": {},
    },
    "images": {"sampler": f"registry.k8s.io/sampler@sha256:{'5' * 64}"},
    "autoscaling": {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"},
}
_LOGGED: Mapping[str, Any] = {
    "images": {**_SHARED["images"], "tools": f"registry.k8s.io/tools@sha256:{'7' * 64}"},
    "logging": {**LOGGING, "namespace": LOGS, "installation": None, "operatorPresent": True, "protect": False},
}
_STEPWISE = {
    "exposure": "gateway",
    "release": {"strategy": "progressive", "candidate": 2},
    "versions": [
        {"version": number, "storage": f"s3://models/stepwise/{number}", "weight": weight, **_DIGEST}
        for number, weight in ((1, 100), (2, 0))
    ],
}
_BATCHING = {
    "maxBatchSize": 32,
    "batchTimeoutMicros": 5000,
    "maxEnqueuedBatches": 100,
    "numBatchThreads": 4,
    "allowedBatchSizes": [1, 8, 32],
}
_PLAIN_MODELS = [
    _model(
        "mnist",
        objective={"availabilityPercent": 99.9, "latencyP95Milliseconds": 200},
        scaling={"minReplicas": 2, "maxReplicas": 3, "requestsPerSecond": 10, "fallbackReplicas": 2},
    ),
    _model("digits", runtime="triton", triton={"backend": "onnxruntime"}, objective={"availabilityPercent": 99.5}),
    _model("legacy", runtime="torchserve"),
    _model("vision", resources="gpu", scaling={"minReplicas": 1, "maxReplicas": 2}, batching=_BATCHING),
    _model("sampled", exposure="gateway", sampling={"percent": 10}),
    _model("recommender", volume={"capacity": "1Gi"}, stateful=True, replicas=2),
    _model("stepwise", **_STEPWISE),
]
_MESH_MODELS = [model for model in MESHED["models"] if model["name"] in ("guarded", "internal", "stepwise")]
RUNTIMES = {str(model["name"]): str(model["runtime"]) for model in (*_PLAIN_MODELS, *_MESH_MODELS)}
"""The runtime of each model."""
_EDITS: Mapping[str, Mapping[str, Any]] = {
    PLAIN: {**_SHARED, **_LOGGED, "namespace": PLAIN, "models": _PLAIN_MODELS},
    MESH: {**_SHARED, "namespace": MESH, "mesh": MESHED["mesh"], "models": _MESH_MODELS},
}


def objects_of(namespace: str) -> tuple[KubernetesObject, ...]:
    """What the program makes of the dev stack with these models; no rule waits for minutes."""
    config = edited(_EDITS[namespace])
    made = kubernetes_objects(record_program(ROOT / "__main__.py", project="inference", stack="dev", config=config))
    return tuple(replace(each, manifest=_at_once(each.manifest)) for each in made)


def _at_once(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    if manifest["kind"] != "PrometheusRule":
        return manifest
    soon = {"interval": f"{SCRAPE_SECONDS}s"}
    groups = [{**group, **(soon if "interval" in group else {})} for group in manifest["spec"]["groups"]]
    return {**manifest, "spec": {**manifest["spec"], "groups": groups}}
