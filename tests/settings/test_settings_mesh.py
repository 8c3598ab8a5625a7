"""A mesh that cannot be, and models that do not fit it: named before anything is deployed, all at once."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.meshed_stack import LOGIN, SHOP, meshed, of_mesh
from tests.settings.settings_stack import IRIS, MNIST, edited, problems

NO_KEYS = {key: value for key, value in LOGIN.items() if key != "jwksUri"}
KEY = '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'
CASES = {
    "unknown profile": (
        {"mesh": {"profile": "istoi"}},
        [".mesh.profile: \"istoi\"; expected none or istio; did you mean 'istio'?"],
    ),
    "keys without a profile": (
        {"mesh": {"trustDomain": "td.example", "callers": [SHOP]}},
        [
            ".mesh.callers: has no effect with profile none; expected no callers, or profile istio",
            ".mesh.trustDomain: has no effect with profile none; expected no trustDomain, or profile istio",
        ],
    ),
    "a model without a mesh": (
        {"models.0.mesh": {"callers": ["shop"]}},
        [
            (
                f"{MNIST}.mesh: has no effect: the stack has no mesh; expected no mesh, or a profile among the stack's "
                "settings; set mesh: {profile: istio}"
            )
        ],
    ),
    "issuer without keys": (
        of_mesh(issuers=[NO_KEYS]),
        [".mesh.issuers[0] (login).jwksUri: missing; expected jwksUri or jwks: without keys no token can be verified"],
    ),
    "keys from two places": (
        of_mesh(issuers=[{**LOGIN, "jwks": KEY}]),
        # What is there is not shown: in place of public keys, private ones are the most likely mistake.
        [".mesh.issuers[0] (login).jwks: not shown; expected jwksUri or jwks, not both"],
    ),
    "an empty list of keys": (
        of_mesh(issuers=[{**NO_KEYS, "jwks": '{"keys": []}'}]),
        [
            (
                ".mesh.issuers[0] (login).jwks: not shown; expected public keys in the form of RFC 7517, such as "
                '{"keys": [{"kty": "RSA", ...}]}'
            )
        ],
    ),
    "keys over plain HTTP": (
        of_mesh(issuers=[{**LOGIN, "jwksUri": "http://login.example/keys"}]),
        [
            (
                '.mesh.issuers[0] (login).jwksUri: "http://login.example/keys"; expected an '
                "https URL without credentials "
                "and query, such as https://login.example/keys: whoever changes the keys can "
                "pose as anybody; did you mean "
                "'https://login.example/keys'?"
            )
        ],
    ),
    "clients outside the mesh": (
        meshed({"models.1.exposure": "node-port", "models.1.clients": ["192.0.2.0/24"]}),
        [
            (
                f"{IRIS}.exposure: node-port, whose clients are outside the mesh; expected "
                "exposure gateway, ingress or "
                "cluster-ip: the mesh accepts encrypted connections from within only"
            )
        ],
    ),
    "an Ingress controller that nobody knows": (
        meshed({"models.1.exposure": "ingress", "ingress": {"namespace": "ingress", "hostname": "models.dev.example"}}),
        [
            (
                f"{IRIS}.exposure: ingress, whose controller the mesh does not know; expected "
                "mesh.ingressServiceAccount "
                "among the stack's settings, or another exposure"
            )
        ],
    ),
    "a request that is computed twice": (
        meshed({"models.0.mesh": {"retries": {"conditions": ["connect-failure", "reset"]}}}),
        [
            (
                f"{MNIST}.mesh.retries.conditions: reset, after which a request may already have "
                "been computed; expected "
                "idempotent: true, or only connect-failure or refused-stream"
            )
        ],
    ),
    "a stateful model": (
        meshed({"models.2.mesh": {"callers": ["shop"], "retries": {"idempotent": True}}}),
        [
            (
                ".models[2] (recommender).mesh.retries.idempotent: true with stateful; expected false: a request to a "
                "stateful model changes it"
            )
        ],
    ),
    "a time-out above the draining": (
        meshed({"models.0.mesh": {"timeoutSeconds": 31}}),
        [
            (
                f"{MNIST}.mesh.timeoutSeconds: 31, more than drainSeconds 30; expected at most "
                "30: a stopping pod answers no "
                "longer; or raise drainSeconds"
            )
        ],
    ),
    "a time-out below the load": (
        meshed(
            {
                "models.0.mesh": {"timeoutSeconds": 1},
                "models.0.scaling": {"latencyP95Milliseconds": 1000},
                "autoscaling": {"prometheus": "http://prometheus.example", "scraperNamespace": "monitoring"},
            }
        ),
        [
            (
                f"{MNIST}.mesh.timeoutSeconds: 1, which ends requests that scaling.latencyP95Milliseconds 1000 allows; "
                "expected more than 1 s"
            )
        ],
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES)
def test_a_finding_names_what_to_change(edits: Mapping[str, Any], expected: list[str]) -> None:
    assert sorted(problems(edits)) == sorted(expected)


@pytest.mark.parametrize("part", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_private_keys_are_refused_and_not_shown(part: str) -> None:
    private = json.dumps({"keys": [{"kty": "RSA", "n": "AQAB", part: "c2VjcmV0"}]})
    (found,) = problems(of_mesh(issuers=[{**NO_KEYS, "jwks": private}]))
    assert "c2VjcmV0" not in found
    assert found.startswith(".mesh.issuers[0] (login).jwks: not shown; expected public keys")


def test_a_stack_that_fits() -> None:
    platform = load("dev", edited(meshed({"models.0.mesh": {"callers": ["partner"], "timeoutSeconds": 30}})))
    assert platform.mesh.is_on
    assert platform.mesh.caller("partner").issuer == "login"


def test_the_quota_has_to_have_room_for_the_proxies() -> None:
    """Each proxy counts: at their maximum the models have 15 pods (9 and their rollouts), of which 2 are mnist's."""
    roomy = load("dev", edited({}))
    proxies = {"profile": "istio", "callers": [SHOP], "proxy": {"cpu": "8"}}
    found = problems({**of_mesh(), "mesh": proxies})
    assert [line.partition(":")[0] for line in found] == [".quota.cpu"]
    assert roomy.quota.cpu == "64"
