"""The rules of prometheus-adapter, in the form that its documentation gives."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportArgumentType=false, reportIndexIssue=false

import json

import yaml

import settings
from components import MetricsAdapterRulesArgs
from components.metrics_adapter.manifests import config_map, rules
from components.model_service.runtimes import tensorflow_serving
from tests.settings.settings_stack import edited


def adapter_args() -> MetricsAdapterRulesArgs:
    return MetricsAdapterRulesArgs(
        namespace="monitoring", window_seconds=60, load_metrics={"tensorflow-serving": tensorflow_serving.LOAD}
    )


def test_the_file_holds_the_rules() -> None:
    made = config_map("metrics-adapter-rules", adapter_args())
    assert made.metadata.namespace == "monitoring"
    assert yaml.safe_load(made.data["config.yaml"]) == {"rules": json.loads(json.dumps(rules(adapter_args())))}


def test_every_rule_names_its_metric_without_colons_and_finds_namespace_and_pod() -> None:
    for rule in rules(adapter_args()):
        assert ":" not in rule["name"]["as"]
        kinds = {override["resource"] for override in rule["resources"]["overrides"].values()}
        assert kinds == {"namespace", "pod"}
        for label in rule["resources"]["overrides"]:
            assert f'{label}!=""' in rule["seriesQuery"]


def test_every_query_is_made_of_what_the_adapter_fills_in() -> None:
    for rule in rules(adapter_args()):
        for part in ("<<.Series>>", "<<.LabelMatchers>>", "<<.GroupBy>>"):
            assert part in rule["metricsQuery"]


def test_latency_is_in_milliseconds_and_probes_do_not_count() -> None:
    by_name = {rule["name"]["as"]: rule["metricsQuery"] for rule in rules(adapter_args())}
    latency = by_name["inference_tensorflow_serving_latency_p95_milliseconds"]
    assert latency.endswith(" / 1000")
    assert "[60s]" in latency
    for name in ("requests_per_second", "latency_p95_milliseconds"):
        assert 'API=~"[Pp]redict|[Cc]lassify|[Rr]egress"' in by_name[f"inference_tensorflow_serving_{name}"]


def test_a_stack_with_the_adapter_has_rules_for_its_runtimes() -> None:
    autoscaling = {
        "engine": "prometheus-adapter",
        "prometheus": "http://prometheus.monitoring.svc:9090",
        "scraperNamespace": "monitoring",
        "adapterNamespace": "adapter",
    }
    platform = settings.load("dev", edited({"autoscaling": autoscaling}))
    assert platform.autoscaling is not None
    args = MetricsAdapterRulesArgs.of(platform, platform.autoscaling)
    assert (args.namespace, args.window_seconds, args.load_metrics.keys()) == ("adapter", 60, {"tensorflow-serving"})
