"""Faults of rules that change nothing that anybody could see, each with the reason.

A fault that is listed here and caught, or that is not there any more, fails the test of mutations as well.
"""

from collections.abc import Iterable, Mapping


def _because(reason: str, *faults: str) -> Mapping[str, str]:
    return dict.fromkeys(faults, reason)


def _of_model(numbers: Iterable[int], series: str) -> tuple[str, ...]:
    labels = ('namespace="models"', 'inference_model=~"MODEL"')
    return tuple(f"matchers {number}: without {label} of {series}" for number in numbers for label in labels)


_FAILED, _TOTAL = "inference:failed_requests:rate5m", "inference:requests:rate5m"
_SAME_LABELS = "both sides have to have the same labels, and the other side has those of the model"


def _failures(requests: str) -> Mapping[str, str]:
    _, of_model = _of_model((1,), requests)
    _, of_failed = _of_model((3,), _FAILED)
    return {
        **_because(_SAME_LABELS, *_of_model((1, 3), _FAILED), *_of_model((2,), _TOTAL)),
        **_because(
            "without failures of its own, the sum has no value either",
            *(f"{_TOTAL} {fault}" for fault in _of_model((2,), _FAILED)),
        ),
        **_because(
            "both summands have to be of the same model, and the other is of the model's",
            *(f"{_TOTAL} {fault}" for fault in (of_model, of_failed)),
        ),
    }


_POD = 'pod=~"MODEL-[a-z0-9]+(-[a-z0-9]{5})?"'
_AUTOSCALER = 'horizontalpodautoscaler=~"MODEL"'
_DEVICES = 'resource=~"nvidia_com_gpu|nvidia_com_mig_3g_20gb|amd_com_gpu|habana_ai_gaudi"'
_OTHERS_ANSWER = _because(
    "that others answer says nothing of the model's ready pods", 'matchers 2: without inference_model=~"MODEL" of up'
)


def _by(what: str, *faults: tuple[int, str, str]) -> Mapping[str, str]:
    reason = f"both sides have to be of the same {what}, and the other side is of the model's"
    return {f"matchers {number}: without {matcher} of {series}": reason for number, matcher, series in faults}


_EXIT_CODE = "kube_pod_init_container_status_last_terminated_exitcode"
_ANYTHING = "whatever was counted then would do: this is always counted, and few series"


def _first_time(*matchers: str) -> Mapping[str, str]:
    same = _because(
        "what was there before has the labels of what is there now",
        *(f"matchers 3: without {matcher} of apiserver_request_total" for matcher in matchers),
    )
    return {**same, **_seen(4)}


def _seen(number: int) -> Mapping[str, str]:
    labels = ('resource="namespaces"', 'verb="LIST"')
    return _because(_ANYTHING, *(f"matchers {number}: without {each} of apiserver_request_total" for each in labels))


EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "ModelErrorRateHigh": _failures(":tensorflow:serving:request_latency_count"),
    "ModelErrorRateHigh of Triton": _failures("nv_inference_request_success"),
    "inference:failure_budget_remaining:ratio30d": _because(
        _SAME_LABELS,
        *_of_model((1,), "inference:failed_requests:avg4m_rate5m"),
        *_of_model((2,), "inference:requests:avg4m_rate5m"),
    ),
    "ModelUnavailable": _by(
        "Deployment",
        *((number, 'deployment=~"MODEL"', "kube_deployment_spec_replicas") for number in (2, 4)),
    ),
    "ModelNodeDown that had all ready pods": {
        **_by(
            "model",
            (1, 'inference_model=~"MODEL"', "inference:pods:by_node"),
            *(
                (number, 'deployment=~"MODEL"', f"kube_deployment_{what}")
                for number, what in ((3, "status_replicas_available"), (4, "spec_replicas"))
            ),
        ),
        "labels 2: on without inference_model": "a rule of one model; `test_shared_rules.py` has one of several",
    },
    "ModelFilesRefused": _by("pod", (1, _POD, _EXIT_CODE), (2, _POD, "kube_pod_init_container_status_ready")),
    "PodEntered": _first_time('resource="pods"', 'subresource=~"exec|attach|portforward"', 'verb="CONNECT"'),
    "RoleChanged": _first_time(
        'resource=~"roles|rolebindings|clusterroles|clusterrolebindings"',
        'verb=~"POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION"',
        'code=~"2.."',
        'dry_run=""',
    ),
    "SecretsReadOften": _seen(4),
    "ModelMetricsMissing": {
        "labels 3: by without pod": "only whether there is any is asked",
        **_OTHERS_ANSWER,
    },
    "ModelMetricsMissing behind a proxy": {
        'matchers 3: without inference_model=~"MODEL" of istio_agent_scrape_failures_total': "a pod is of one model",
        **_OTHERS_ANSWER,
    },
    "ModelReplicasAtMaximum": _by(
        "autoscaler",
        (1, _AUTOSCALER, "kube_horizontalpodautoscaler_status_current_replicas"),
        (2, _AUTOSCALER, "kube_horizontalpodautoscaler_spec_max_replicas"),
    ),
    "ModelAutoscalerBlind": _by(
        "autoscaler",
        (1, _AUTOSCALER, "kube_horizontalpodautoscaler_status_current_replicas"),
        (2, _AUTOSCALER, "kube_horizontalpodautoscaler_status_condition"),
    ),
    "ModelGpuMemoryHigh of habana": _by(
        "pod",
        (1, f"pod_name{_POD.removeprefix('pod')}", "habanalabs_memory_used_bytes"),
        (2, f"pod_name{_POD.removeprefix('pod')}", "habanalabs_memory_total_bytes"),
    ),
    "NodeAcceleratorMissing of four": _by("kind", (2, _DEVICES, "kube_node_status_allocatable")),
}
