"""The rules of prometheus-adapter.

Source: https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md
"""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pulumi_kubernetes.core.v1 import ConfigMapInitArgs

from components import adapter_metrics
from components.accelerators import GPU_UTILIZATION_METRIC
from components.metadata import object_metadata
from components.metrics_adapter.args import MetricsAdapterRulesArgs
from components.model_service.runtimes import LoadMetrics, Series


def config_map(name: str, args: MetricsAdapterRulesArgs) -> ConfigMapInitArgs:
    """The adapter's configuration file, in a ConfigMap called ``name``."""
    text = yaml.safe_dump({"rules": rules(args)}, sort_keys=False, width=120)
    return ConfigMapInitArgs(metadata=object_metadata(name, args.namespace), data={"config.yaml": text})


def rules(args: MetricsAdapterRulesArgs) -> list[dict[str, Any]]:
    """A rule for each metric that each runtime has, and one for the use of GPUs."""
    of_runtimes = (_runtime_rules(runtime, load, args.window_seconds) for runtime, load in args.load_metrics.items())
    return [*(rule for made in of_runtimes for rule in made), _gpu_rule()]


def _runtime_rules(runtime: str, load: LoadMetrics, window_seconds: int) -> Iterator[dict[str, Any]]:
    yield _rule(
        load.requests,
        adapter_metrics.requests_per_second(runtime),
        f"sum by (<<.GroupBy>>) ({_rate(load.requests, window_seconds)})",
    )
    if load.latency_buckets is None:
        return
    rate = _rate(load.latency_buckets, window_seconds)
    # Without requests the quantile is NaN, which the comparison drops.
    quantile = f"histogram_quantile(0.95, sum by (le, <<.GroupBy>>) ({rate})) >= 0"
    yield _rule(
        load.latency_buckets,
        adapter_metrics.latency_p95_milliseconds(runtime),
        f"({quantile} or 0 * sum by (<<.GroupBy>>) ({rate})) / {load.units_per_millisecond}",
    )


def _gpu_rule() -> dict[str, Any]:
    # The exporter's own pod and namespace are in `pod` and `namespace`, unless Prometheus honours its labels.
    return _rule(
        Series(name=GPU_UTILIZATION_METRIC),
        adapter_metrics.GPU_UTILIZATION_PERCENT,
        "avg by (<<.GroupBy>>) (<<.Series>>{<<.LabelMatchers>>})",
        label_prefix="exported_",
    )


def _rate(series: Series, window_seconds: int) -> str:
    return f"rate(<<.Series>>{{{','.join((*series.matchers, '<<.LabelMatchers>>'))}}}[{window_seconds}s])"


def _rule(series: Series, name: str, query: str, *, label_prefix: str = "") -> dict[str, Any]:
    labels: Mapping[str, str] = {kind: f"{label_prefix}{kind}" for kind in ("namespace", "pod")}
    present = [f'{label}!=""' for label in labels.values()]
    return {
        "seriesQuery": f"{series.name}{{{','.join((*series.matchers, *present))}}}",
        "resources": {"overrides": {label: {"resource": kind} for kind, label in labels.items()}},
        # TensorFlow Serving's names contain colons, which metrics of the Kubernetes API may not.
        "name": {"as": name},
        "metricsQuery": query,
    }
