"""The past of the shown models: made series, with the names and labels that their exporters give them."""

import math
from collections.abc import Callable, Iterator

from components import ModelServiceArgs
from components.model_service.args import ServedVersion
from components.model_service.manifests.scaled_object import scales_by
from components.monitoring_stack.held import exported_resource
from components.monitoring_stack.rules.callers import ANSWERED, BY_CALLER, FAILED, OTHERS, REFUSED, counted
from components.monitoring_stack.rules.cards import CARDS, Cards, cards_of
from components.monitoring_stack.rules.gpus import measures_use
from components.monitoring_stack.rules.objective import BUDGET, RATIO, WINDOWS
from components.monitoring_stack.rules.releases import is_progressive
from components.monitoring_stack.rules.watched import Watched
from settings import RELEASE_PROTOCOLS, Vendor
from tests.components.monitoring_stack.dashboards.made import NAMESPACE, shown_models
from tests.components.watched import MONITORING
from tests.inferencectl.rightsizing.backfilled_prometheus import Past

SECONDS = 6 * 3600
_BUCKETS = {"5000.0": 0.2, "25000.0": 0.7, "100000.0": 0.97, "+Inf": 1.0}
_FAILED_PART = 0.02
_GIB = 2**30
_PERIOD_SECONDS = 10_800

Value = Callable[[int], float]


def past() -> Iterator[Past]:
    """Six hours of all of them; the load of each waxes and wanes, and each has another."""
    for number, args in enumerate(shown_models().values(), start=1):
        model = Watched(args=args, namespace=NAMESPACE)
        for version, served in enumerate(model.running):
            yield from _of_version(served, 4 * number / (version + 1))
        yield from _of_model(model)


def _of_version(served: ServedVersion, load: float) -> Iterator[Past]:
    stateful = served.model.stateful
    pod = f"{served.name}-0" if stateful else f"{served.name}-7d9f8c-abcde"
    own = {
        "namespace": NAMESPACE,
        "pod": pod,
        "inference_model": served.model.name,
        "inference_version": str(served.version.version),
    }
    yield _series("up", own, _always(1))
    yield from _RUNTIMES[served.model.runtime](served, own, load)
    kind = "statefulset" if stateful else "deployment"
    workload = {"namespace": NAMESPACE, kind: served.name}
    wanted = "kube_statefulset_replicas" if stateful else "kube_deployment_spec_replicas"
    yield _series(wanted, workload, _always(2))
    yield _series(f"kube_{kind}_status_replicas_available", workload, lambda since: 1 if since < 900 else 2)
    yield from _of_pod({"namespace": NAMESPACE, "pod": pod}, load)
    yield from _held(served, {"namespace": NAMESPACE, "pod": pod})
    if served.model.scaling:
        prefix = "keda-hpa-" if scales_by(served.args) else ""
        scaler = {"namespace": NAMESPACE, "horizontalpodautoscaler": f"{prefix}{served.name}"}
        yield _series("kube_horizontalpodautoscaler_status_current_replicas", scaler, _always(2))
        yield _series("kube_horizontalpodautoscaler_spec_max_replicas", scaler, _always(4))
    if served.model.volume:
        job = {"namespace": NAMESPACE, "job_name": f"{served.name}-import-0a1b2c", "condition": "true"}
        yield _series("kube_job_failed", job, _always(0))


def _of_pod(pod: dict[str, str], load: float) -> Iterator[Past]:
    container = {**pod, "container": "model-server"}
    yield _series("kube_pod_start_time", pod, _always(1_000_000))
    yield _series("kube_pod_status_ready_time", pod, _always(1_000_042))
    yield _series("kube_pod_container_status_restarts_total", container, lambda since: since // 9_000)
    for resource, amount in (("cpu", 2), ("memory", 4 * _GIB)):
        yield _series("kube_pod_container_resource_limits", {**container, "resource": resource}, _always(amount))
    yield _series("container_cpu_usage_seconds_total", container, _counter(min(1.5, load / 20)))
    yield _series("container_memory_working_set_bytes", container, _wave(2 * _GIB))


def _held(served: ServedVersion, pod: dict[str, str]) -> Iterator[Past]:
    amounts: dict[str, float] = {"cpu": 2, "memory": 4 * _GIB}
    if served.args.devices:
        amounts[exported_resource(served.args.devices.resource)] = 1
    for resource, amount in amounts.items():
        container = {**pod, "container": "model-server", "node": "node-1", "resource": resource}
        yield _series("kube_pod_container_resource_requests", container, _always(amount))
    yield _series("kube_pod_status_phase", {**pod, "phase": "Running"}, _always(1))


def _tensorflow(served: ServedVersion, own: dict[str, str], load: float) -> Iterator[Past]:
    name = ":tensorflow:serving:"
    answered = {**own, "model_name": served.model.name, "API": "predict", "entrypoint": "REST"}
    counted = {**own, "model_name": served.model.name}
    yield _series(f"{name}request_latency_count", answered, _counter(load))
    yield _series(f"{name}request_latency_sum", answered, _counter(load * 24_000))
    for limit, part in _BUCKETS.items():
        yield _series(f"{name}request_latency_bucket", {**answered, "le": limit}, _counter(load * part))
    yield _series(f"{name}request_count", {**counted, "status": "OK"}, _counter(load))
    yield _series(f"{name}request_count", {**counted, "status": "INTERNAL"}, _counter(load * _FAILED_PART))
    warmed = {**own, "model_path": f"/models/{served.model.name}", "status": "OK"}
    yield _series(f"{name}model_warmup_latency_count", warmed, _always(1))
    yield _series(f"{name}model_warmup_latency_sum", warmed, _always(1_900_000))
    if served.model.batching:
        queue = {**own, "thread_pool_name": "batch_threads"}
        yield _series(f"{name}batching_session:queuing_latency_count", queue, _counter(load))
        yield _series(f"{name}batching_session:queuing_latency_sum", queue, _counter(load * 3_000))


def _triton(served: ServedVersion, own: dict[str, str], load: float) -> Iterator[Past]:
    labels = {**own, "model": served.model.name, "version": own["inference_version"]}
    yield _series("nv_inference_request_success", labels, _counter(load))
    yield _series("nv_inference_request_failure", {**labels, "reason": "OTHER"}, _counter(load * _FAILED_PART / 4))
    yield _series("nv_inference_request_duration_us", labels, _counter(load * 9_000))
    yield _series("nv_inference_queue_duration_us", labels, _counter(load * 800))


def _torchserve(served: ServedVersion, own: dict[str, str], load: float) -> Iterator[Past]:
    labels = {**own, "model_name": served.model.name, "model_version": "1.0"}
    yield _series("ts_inference_requests_total", labels, _counter(load))
    yield _series("ts_inference_latency_microseconds", labels, _counter(load * 31_000))
    yield _series("ts_queue_latency_microseconds", labels, _counter(load * 2_000))


_RUNTIMES = {"tensorflow-serving": _tensorflow, "triton": _triton, "torchserve": _torchserve}


def _of_model(model: Watched) -> Iterator[Past]:
    own = {"namespace": NAMESPACE, "inference_model": model.name}
    if model.args.model.objective:
        yield _series(BUDGET, own, lambda since: 0.9 - since / 50_000)
        for window in WINDOWS:
            yield _series(f"{RATIO}_rate{window}", own, _wave(0.004))
        firing = {"alertname": "ModelFailureBudgetBurnsFast", "alertstate": "firing", "severity": "critical"}
        yield _series("ALERTS", {**own, **firing}, _always(1))
    if counted(model):
        yield from _of_callers(own)
    if model.args.model.sampling:
        yield from _of_sampler(own)
    if is_progressive(model):
        yield from _of_release(model.args)
    if cards := cards_of(model):
        pod = f"{model.running[0].name}-7d9f8c-abcde"
        is_nvidia = cards is CARDS[Vendor.NVIDIA]
        yield from _of_gpu(pod, is_partition=not measures_use(model)) if is_nvidia else _of_card(cards, pod)


def _of_callers(own: dict[str, str]) -> Iterator[Past]:
    rates = {("shop", ANSWERED): 3.0, ("shop", FAILED): 0.06, (OTHERS, REFUSED): 0.2}
    for (caller, outcome), rate in rates.items():
        yield _series(BY_CALLER, {**own, "caller": caller, "outcome": outcome}, _wave(rate))


def _of_sampler(own: dict[str, str]) -> Iterator[Past]:
    name = "inference_sampler"
    yield _series(f"{name}_window_samples", own, _wave(900))
    for outcome, rate in (("observed", 0.4), ("too_large", 0.01)):
        yield _series(f"{name}_copies_total", {**own, "outcome": outcome}, _counter(rate))
    for kind, feature in (("input", "pixel-12"), ("prediction", "class")):
        labels = {**own, "kind": kind, "feature": feature}
        yield _series(f"{name}_stability_index", labels, _wave(0.08))
        for number, share in enumerate((0.2, 0.5, 0.3)):
            binned = {**labels, "bin": str(number)}
            yield _series(f"{name}_reference_share", binned, _always(share))
            yield _series(f"{name}_window_share", binned, _wave(share))


def _of_release(args: ModelServiceArgs) -> Iterator[Past]:
    flagger = {"exported_namespace": NAMESPACE, "namespace": "flagger"}
    for protocol in RELEASE_PROTOCOLS:
        name = f"{args.model.name}-{protocol}"
        yield _series("flagger_canary_status", {**flagger, "name": name}, _always(0))
        yield _series("flagger_canary_weight", {**flagger, "workload": name}, lambda since: 5 * (since // 3_600))
        primary = {**flagger, "workload": f"{name}-primary"}
        yield _series("flagger_canary_weight", primary, lambda since: 100 - 5 * (since // 3_600))


def _of_card(cards: Cards, pod: str) -> Iterator[Past]:
    own = cards.of_pod or ("exported_namespace", "exported_pod")
    labels = {**dict.fromkeys(cards.each, "node-1"), **dict(zip(own, (NAMESPACE, pod), strict=True))}
    yield _series(cards.busy, labels, _wave(55))
    yield _series(cards.used, labels, _wave(30_000))
    yield from (_series(name, labels, _always(70_000)) for name in cards.memory)
    yield _series(cards.health, labels, _always(cards.fault == "== 0"))


def _of_gpu(pod: str, *, is_partition: bool) -> Iterator[Past]:
    labels = {
        "exported_namespace": NAMESPACE,
        "exported_pod": pod,
        "namespace": "gpu-operator",
        "pod": "exporter",
        "Hostname": "node-1",
        "gpu": "1" if is_partition else "0",
        "GPU_I_ID": "7" if is_partition else "",
    }
    if not is_partition:
        yield _series("DCGM_FI_DEV_GPU_UTIL", labels, _wave(55))
    yield _series("DCGM_FI_DEV_FB_USED", labels, _wave(30_000))
    yield _series("DCGM_FI_DEV_FB_FREE", labels, _always(40_000))
    yield _series("DCGM_FI_DEV_GPU_TEMP", labels, _wave(60))
    yield _series("DCGM_FI_DEV_POWER_USAGE", labels, _wave(250))
    yield _series("DCGM_FI_DEV_XID_ERRORS", labels, _always(0))


def _series(metric: str, labels: dict[str, str], value: Value) -> Past:
    return Past(metric=metric, labels=labels, value=value, seconds=SECONDS, every=MONITORING.scrape_interval_seconds)


def _always(value: float) -> Value:
    return lambda _: value


def _wave(mean: float) -> Value:
    """A gauge that goes up and down by a fifth."""
    return lambda since: mean * (1 + 0.2 * math.sin(2 * math.pi * since / _PERIOD_SECONDS))


def _counter(per_second: float) -> Value:
    """A counter whose growth goes up and down by a half."""
    turn = 2 * math.pi / _PERIOD_SECONDS
    return lambda since: per_second * (since + 0.5 / turn * (1 - math.cos(turn * since)))
