"""Series with the names that the exporters give them."""

from tests.components.monitoring_stack.scene import Series

POD = 'namespace="models",pod="mnist-v1-7d9f8c-abcde",inference_model="mnist"'
ANSWERS, COUNTS = ":tensorflow:serving:request_latency_count", ":tensorflow:serving:request_count"
BUCKETS = ":tensorflow:serving:request_latency_bucket"
TRITON = 'namespace="models",pod="digits-v1-7d9f8c-abcde",inference_model="digits",model="digits",version="1"'


def counter(name: str, good: float | None, bad: float | None) -> Series:
    return Series(name=name, good=good, bad=bad, grows=True, is_amount=True)


def gauge(name: str, good: float | None, bad: float | None, *, amount: bool = False) -> Series:
    return Series(name=name, good=good, bad=bad, is_amount=amount)


def answers(good: float | None, bad: float | None) -> Series:
    return counter(f'{ANSWERS}{{API="predict",model_name="mnist",{POD}}}', good, bad)


def failures(good: float, bad: float | None) -> Series:
    return counter(f'{COUNTS}{{status="INTERNAL",model_name="mnist",{POD}}}', good, bad)


def refused(status: str, bad: float) -> Series:
    return counter(f'{COUNTS}{{status="{status}",model_name="mnist",{POD}}}', 0, bad)


# Probes over REST are counted with an empty API, and their latency as well; what succeeds is counted with status OK.
PROBES = counter(f'{ANSWERS}{{API="",model_name="mnist",{POD}}}', 1000, 1000)
SUCCESSES = counter(f'{COUNTS}{{status="OK",model_name="mnist",{POD}}}', 1000, 1000)


def bucket(limit: str, good: float, bad: float, api: str = "predict") -> Series:
    # Prometheus 3 writes a whole number with ".0".
    return counter(f'{BUCKETS}{{API="{api}",le="{limit}",model_name="mnist",{POD}}}', good, bad)


def up(model: str, pod: str, good: float, bad: float | None) -> Series:
    return gauge(f'up{{namespace="models",pod="{pod}",inference_model="{model}"}}', good, bad)


def state(name: str, labels: str, good: float | None, bad: float | None) -> Series:
    return gauge(f'{name}{{namespace="models",{labels}}}', good, bad)


def of_deployment(what: str, good: float | None, bad: float | None) -> Series:
    return state(f"kube_deployment_{what}", 'deployment="mnist-v1"', good, bad)


def of_autoscaler(what: str, good: float, bad: float, labels: str = "") -> Series:
    name = f'kube_horizontalpodautoscaler_{what}{{namespace="models",horizontalpodautoscaler="mnist-v1"{labels}}}'
    return gauge(name, good, bad, amount=what != "status_condition")


def canary(good: float, bad: float, name: str = "vision-http") -> Series:
    return gauge(f'flagger_canary_status{{exported_namespace="models",namespace="flagger",name="{name}"}}', good, bad)


def namespace(good: float, bad: float | None) -> Series:
    return gauge('kube_namespace_created{namespace="models"}', good, bad)


AVAILABLE, WANTED = "status_replicas_available", "spec_replicas"
