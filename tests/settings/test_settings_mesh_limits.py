"""Limits of callers, and keys, that cannot be: named before anything is deployed."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.meshed_stack import LOGIN, PARTNER, SHOP, meshed, of_mesh
from tests.settings.settings_stack import MNIST, edited, problems

LIMITS = f"{MNIST}.mesh.rateLimits"
HEADER = (
    "expected the name of a header in lower case that nothing else uses, such as x-api-key; without it, tokens come as "
    "'Authorization: Bearer'"
)


def limited(*limits: Mapping[str, Any], **mesh: Any) -> dict[str, Any]:
    return meshed({"models.0.mesh": {"callers": ["partner", "shop"], "rateLimits": [*limits], **mesh}})


def per_second(requests: int, caller: str = "shop", **others: Any) -> dict[str, Any]:
    return {"caller": caller, "requestsPerSecondPerPod": requests, **others}


CASES = {
    "a limit of nothing": (
        limited(per_second(0)),
        f"{LIMITS}[0].requestsPerSecondPerPod: 0; expected at least 1",
    ),
    "a burst of nothing": (
        limited(per_second(1, burstRequests=0)),
        f"{LIMITS}[0].burstRequests: 0; expected at least 1",
    ),
    "no rate": (
        limited({"caller": "shop"}),
        (
            f"{LIMITS}[0].requestsPerSecondPerPod: missing; expected requestsPerSecondPerPod or "
            "requestsPerMinutePerPod: without either there is no limit"
        ),
    ),
    "two rates": (
        limited(per_second(1, requestsPerMinutePerPod=60)),
        f"{LIMITS}[0].requestsPerMinutePerPod: set, in addition to requestsPerSecondPerPod; expected one of the two",
    ),
    "a burst below the rate": (
        limited(per_second(10, burstRequests=9)),
        (
            f"{LIMITS}[0].burstRequests: 9, less than the 10 requests of each period; expected at least 10: "
            "more than a burst is refused, so that the rate is never reached"
        ),
    ),
    "a limit of somebody else": (
        limited(per_second(1, caller="shp")),
        (f"{LIMITS}[0].caller: \"shp\"; expected one of the model's callers: partner or shop; did you mean 'shop'?"),
    ),
    "two limits of one caller": (
        limited(per_second(1), per_second(2)),
        f"{LIMITS}: caller 'shop', 2 times; expected each caller once",
    ),
    "what is refused is sent again": (
        limited(per_second(1), retries={"conditions": ["resource-exhausted"], "idempotent": True}),
        (
            f"{MNIST}.mesh.retries.conditions: resource-exhausted, with rateLimits; expected no resource-exhausted: "
            "that is the answer to whoever sends too much, and should send less"
        ),
    ),
    "a size without a unit": (
        limited(maxRequestBytes="1"),
        (
            f'{MNIST}.mesh.maxRequestBytes: "1"; expected bytes with their unit, such as 24Mi or 1.5Gi; did you mean '
            "'1Mi' or '1Gi'?"
        ),
    ),
    "a size of nothing": (
        limited(maxRequestBytes=0),
        (
            f"{MNIST}.mesh.maxRequestBytes: 0; expected a Kubernetes quantity such as 2, 500m, 24Mi or 1.5Gi, more "
            "than 0 and less than 8Ei"
        ),
    ),
    "a size that the proxy cannot hold": (
        limited(maxRequestBytes="33Mi"),
        (
            f"{MNIST}.mesh.maxRequestBytes: 33Mi, of which 4 at once need more than mesh.proxy.memory 256Mi has beside "
            "the 128Mi of the proxy itself; expected at most 32Mi: each request is kept until it is complete; or raise "
            "mesh.proxy.memory"
        ),
    ),
    "a size with a proxy that has no room for any": (
        {
            **limited(maxRequestBytes="1Ki"),
            "mesh": {**of_mesh()["mesh"], "proxy": {"memory": "128Mi"}},
        },
        (
            f"{MNIST}.mesh.maxRequestBytes: 1Ki, of which 4 at once need more than mesh.proxy.memory 128Mi has beside "
            "the 128Mi of the proxy itself; expected more than 128Mi of memory: each request is kept until it is "
            "complete; or raise mesh.proxy.memory"
        ),
    ),
    "a limit that the public address is a way round": (
        limited(per_second(1), callers=["shop"]),
        (
            f"{LIMITS}: set, with an exposure that lets in whoever proves nothing: callers would have no limit there; "
            "expected a caller without a namespace among callers, so that each request from outside carries its token, "
            "or exposure cluster-ip"
        ),
    ),
    "two issuers whose tokens look alike": (
        of_mesh(issuers=[LOGIN, {**LOGIN, "name": "keys", "audiences": ["others"]}]),
        (
            ".mesh.issuers: issuer 'https://login.example', 2 times; expected each issuer once: callers are told apart "
            "by issuer and subject, not by keys; put all of its keys and audiences into one entry"
        ),
    ),
    "a size that proxies cannot count": (
        limited(maxRequestBytes="4Gi"),
        f"{MNIST}.mesh.maxRequestBytes: 4Gi; expected less than 4Gi, which is as far as proxies count",
    ),
    "keys without an issuer": (
        of_mesh(callers=[SHOP, {"name": "partner", "namespace": "partner", "subjects": ["partner.1"]}]),
        ".mesh.callers[1] (partner).issuer: missing; expected the issuer that subjects belongs to",
    ),
    "the last key was withdrawn": (
        of_mesh(callers=[SHOP, {**PARTNER, "subjects": []}]),
        (
            ".mesh.callers[1] (partner).subjects: an empty list, which would let in every token of the issuer; "
            "expected at least one subject, or no subjects for every one; remove a caller that has none left"
        ),
    ),
    **{
        f"keys in the header {header}": (
            of_mesh(issuers=[{**LOGIN, "header": header}]),
            f'.mesh.issuers[0] (login).header: "{header}"; {HEADER}',
        )
        for header in ("host", "authorization", "content-length", "x-forwarded-client-cert", "x api key", ":path")
    },
    "a header in capitals": (
        of_mesh(issuers=[{**LOGIN, "header": "X-API-Key"}]),
        f".mesh.issuers[0] (login).header: \"X-API-Key\"; {HEADER}; did you mean 'x-api-key'?",
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES)
def test_a_finding_names_what_to_change(edits: Mapping[str, Any], expected: str) -> None:
    assert problems(edits) == [expected]


def test_limits_that_fit() -> None:
    edits = limited(
        per_second(5),
        {"caller": "partner", "requestsPerMinutePerPod": 30, "burstRequests": 40},
        maxRequestBytes="4Mi",
    )
    mesh = load("dev", edited({**edits, "mesh": {**of_mesh()["mesh"], "issuers": [{**LOGIN, "header": "x-api-key"}]}}))
    wanted = mesh.models[0].mesh
    assert wanted is not None
    assert [(each.requests, each.period_seconds, each.burst) for each in wanted.rate_limits] == [
        (5, 1, 5),
        (30, 60, 40),
    ]
