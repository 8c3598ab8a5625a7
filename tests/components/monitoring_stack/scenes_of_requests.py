"""How the alerts on requests come and go."""

from tests.components.monitoring_stack.given import (
    PROBES,
    SUCCESSES,
    TRITON,
    answers,
    bucket,
    counter,
    failures,
    gauge,
    refused,
)
from tests.components.monitoring_stack.scene import Scene, Series

FAILING = "% of the requests of the last 5 minutes failed; 5 % are the limit."


def recorded(model: str) -> list[Series]:
    """What is recorded of others, whose requests all fail."""
    return [
        gauge(f'inference:{what}:rate5m{{namespace="{namespace}",inference_model="{name}"}}', 100, 100)
        for what in ("failed_requests", "requests")
        for namespace, name in (("models", "iris"), ("elsewhere", model))
    ]


REQUESTS = (
    Scene(
        alert="ModelErrorRateHigh",
        severity="critical",
        series=[answers(100, 91), failures(0, 9), PROBES, SUCCESSES, *recorded("mnist")],
        pending=7,
        firing=8,
        description=f"9.0 {FAILING}",
        near_misses={
            "one error of a quiet model": [answers(0, 0), failures(0, 0.01)],
            "two errors and no answers within 5 minutes": [answers(0, 0), failures(0, 0.4)],
            "4 % that fail": [answers(100, 96), failures(0, 4)],
            "malformed requests": [
                *(answers(100, 50), failures(0, 0)),
                *(refused("INVALID_ARGUMENT", 20), refused("NOT_FOUND", 20), refused("CANCELLED", 10)),
            ],
            "no requests at all, 0/0": [answers(0, 0), failures(0, 0)],
        },
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="of a quiet model",
        severity="critical",
        series=[answers(1, 1), failures(0, 0.8)],
        pending=8,
        firing=9,
        description=f"44.4 {FAILING}",
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="without any answer",
        severity="critical",
        series=[failures(0, 9)],
        pending=5,
        firing=20,
        description=f"100.0 {FAILING}",
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="of Triton",
        model="digits",
        severity="critical",
        series=[
            counter(f"nv_inference_request_success{{{TRITON}}}", 100, 91),
            counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 9),
            counter(f'nv_inference_request_failure{{reason="CANCELED",{TRITON}}}', 50, 50),
            *recorded("digits"),
        ],
        pending=7,
        firing=8,
        description=f"9.0 {FAILING}",
        near_misses={
            "one error where many clients give up": [
                counter(f"nv_inference_request_success{{{TRITON}}}", 0, 0),
                counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 0.01),
            ]
        },
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="of a quiet model of Triton",
        model="digits",
        severity="critical",
        series=[
            counter(f"nv_inference_request_success{{{TRITON}}}", 1, 1),
            counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 0.8),
        ],
        pending=8,
        firing=9,
        description=f"44.4 {FAILING}",
        near_misses={
            "two errors and no answers within 5 minutes": [
                counter(f"nv_inference_request_success{{{TRITON}}}", 0, 0),
                counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 0.4),
            ]
        },
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="without any answer of Triton",
        model="digits",
        severity="critical",
        series=[counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 9)],
        pending=5,
        firing=20,
        description=f"100.0 {FAILING}",
    ),
    Scene(
        alert="ModelLatencyHigh",
        severity="warning",
        series=[
            *(bucket(limit, 100, 0) for limit in ("100000.0", "250000.0")),
            *(bucket(limit, 100, 100) for limit in ("350000.0", "+Inf")),
            *(bucket(limit, 5000, 5000, "") for limit in ("100000.0", "250000.0", "350000.0", "+Inf")),
        ],
        pending=10,
        firing=20,
        lasting=3,
        description="The 95th percentile of the latency is 345 ms; the objective is 200 ms.",
        near_misses={
            "a percentile under the objective": [
                bucket("100000.0", 94, 94),
                *(bucket(limit, 100, 100) for limit in ("250000.0", "350000.0", "+Inf")),
            ],
            "no requests": [bucket(limit, 0, 0) for limit in ("100000.0", "250000.0", "350000.0", "+Inf")],
        },
    ),
)
