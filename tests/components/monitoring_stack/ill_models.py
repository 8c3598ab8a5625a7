"""What exporters say of several models, of which some are ill, and whom the alerts are to tell of."""

from collections.abc import Mapping, Sequence

MINUTE = 15
"""When is looked."""


def of(name: str, series: str, labels: str, values: str) -> Mapping[str, str]:
    pod = f'namespace="models",inference_model="{name}",pod="{name}-v1-7d9f8c-abcde"'
    return {"series": f"{series}{{{labels},{pod}}}", "values": values}


def served(name: str, answered: float, failed: float) -> Sequence[Mapping[str, str]]:
    """So many requests a minute, as the model's runtime counts them."""
    if name == "triton":
        known = (
            ("nv_inference_request_success", 'model="m",version="1"', answered),
            ("nv_inference_request_failure", 'model="m",version="1",reason="BACKEND"', failed),
        )
    else:
        known = (
            (":tensorflow:serving:request_latency_count", 'API="predict"', answered),
            (":tensorflow:serving:request_count", 'status="INTERNAL"', failed),
        )
    return [of(name, series, labels, f"0+{rate:g}x{MINUTE}") for series, labels, rate in known]


def took(name: str, below_150_milliseconds: int) -> Sequence[Mapping[str, str]]:
    """The latency of 100 requests a minute."""
    limits = {"150000.0": below_150_milliseconds, "250000.0": 100, "+Inf": 100}
    series = ":tensorflow:serving:request_latency_bucket"
    return [of(name, series, f'API="predict",le="{le}"', f"0+{rate}x{MINUTE}") for le, rate in limits.items()]


def pods(name: str, available: int, kind: str = "deployment") -> Sequence[Mapping[str, str]]:
    wanted = "kube_statefulset_replicas" if kind == "statefulset" else "kube_deployment_spec_replicas"
    own = f'{{namespace="models",{kind}="{name}-v1"}}'
    return [
        {"series": f"{wanted}{own}", "values": f"2x{MINUTE}"},
        {"series": f"kube_{kind}_status_replicas_available{own}", "values": f"{available}x{MINUTE}"},
    ]


LOST_NODE = [
    {"series": 'kube_node_status_condition{node="node-1",condition="Ready",status="true"}', "values": f"0x{MINUTE}"}
]


def on_lost_node(name: str) -> Sequence[Mapping[str, str]]:
    pod = f'namespace="models",pod="{name}-v1-7d9f8c-abcde"'
    return [
        {"series": f'kube_pod_info{{{pod},node="node-1"}}', "values": f"1x{MINUTE}"},
        {"series": f'kube_pod_status_phase{{{pod},phase="Running"}}', "values": f"1x{MINUTE}"},
    ]


def answers(name: str, up: int) -> Mapping[str, str]:
    return of(name, "up", 'job="models"', f"{up}x{MINUTE}")


def fills(name: str, percent: int) -> Sequence[Mapping[str, str]]:
    """The memory of a server's container."""
    labels = 'container="model-server"'
    return [
        of(name, "container_memory_working_set_bytes", labels, f"{percent}x{MINUTE}"),
        of(name, "kube_pod_container_resource_limits", f'{labels},resource="memory"', f"100x{MINUTE}"),
    ]


def autoscaled(autoscaler: str, pods: int, most: int) -> Sequence[Mapping[str, str]]:
    own = f'{{namespace="models",horizontalpodautoscaler="{autoscaler}"}}'
    what = {"status_current_replicas": pods, "spec_max_replicas": most}
    return [
        {"series": f"kube_horizontalpodautoscaler_{name}{own}", "values": f"{value}x{MINUTE}"}
        for name, value in what.items()
    ]


SCENES: Mapping[str, tuple[Sequence[Sequence[Mapping[str, str]]], Sequence[tuple[str, str]]]] = {
    "ModelErrorRateHigh": (
        [
            *(served("calm", 100, 1), served("ill", 90, 10), served("strict", 50, 50)),
            *(served("plain", 97, 3), served("triton", 80, 20)),
        ],
        [("ill", "critical"), ("strict", "critical"), ("triton", "critical")],
    ),
    # 14.4 times 0.5, 0.1 and 5 % are 7.2, 1.44 and 72 %.
    "ModelFailureBudgetBurnsFast": (
        [
            *(served("calm", 100, 2), served("ill", 90, 10), served("strict", 98, 2)),
            *(served("plain", 50, 50), served("triton", 80, 20)),
        ],
        [("ill", "critical"), ("strict", "critical")],
    ),
    "ModelLatencyHigh": (
        [took("calm", 96), took("ill", 10), took("strict", 96), took("plain", 10)],
        [("ill", "warning"), ("strict", "warning")],
    ),
    "ModelUnavailable": (
        [pods("calm", 2), pods("ill", 0), pods("strict", 0), pods("plain", 1), pods("stateful", 0, "statefulset")],
        [("ill", "critical"), ("strict", "critical"), ("stateful", "critical")],
    ),
    "ModelNodeDown": (
        [
            LOST_NODE,
            *(pods("calm", 1), pods("ill", 0), pods("strict", 0), pods("stateful", 0, "statefulset")),
            *(on_lost_node(name) for name in ("calm", "ill", "stateful")),
        ],
        [*((name, "warning") for name in ("calm", "ill", "stateful")), ("ill", "critical"), ("stateful", "critical")],
    ),
    "ModelServerDown": (
        [[answers("calm", 1), *(answers(name, 0) for name in ("ill", "strict", "stateful", "late"))]],
        [("ill", "warning"), ("strict", "warning"), ("stateful", "warning")],
    ),
    "ModelMetricsMissing": (
        [
            *(pods(name, 2) for name in ("calm", "ill", "strict", "late")),
            *(pods("plain", 0), pods("stateful", 2, "statefulset"), [answers("calm", 1), answers("strict", 0)]),
        ],
        [(name, "critical") for name in ("ill", "strict", "stateful", "late")],
    ),
    "ModelMemoryHigh": (
        [fills("calm", 80), fills("ill", 95), fills("strict", 95), fills("stateful", 80)],
        [("ill", "warning"), ("strict", "warning")],
    ),
    "ModelReplicasAtMaximum": (
        [
            *(autoscaled("calm-v1", 3, 4), autoscaled("ill-v1", 4, 4), autoscaled("strict-v1", 4, 4)),
            *(autoscaled("keda-hpa-loaded-v1", 4, 4), autoscaled("plain-v2", 4, 4)),
        ],
        [("ill", "warning"), ("strict", "warning"), ("loaded", "warning")],
    ),
}
