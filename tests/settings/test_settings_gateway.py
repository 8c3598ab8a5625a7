"""A gateway that the stack cannot own so: named before anything is deployed."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import Exposure, load
from settings.consistency import gateway_hosts
from settings.consistency.gateway_issues import gateway_issues
from tests.settings.meshed_stack import meshed, of_mesh
from tests.settings.settings_stack import edited, problems

SECRET: Mapping[str, Any] = {"certificate": {"secret": "models-tls"}}
ISSUER: Mapping[str, Any] = {"name": "public"}


def owned(certificate: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "gateway.owned": {"certificate": {"secret": "models-tls"} if certificate is None else certificate, **fields}
    }


CASES: Mapping[str, tuple[Mapping[str, Any], list[str]]] = {
    "a certificate of a gateway that is not owned": (
        {"gateway.certificate": {"secret": "models-tls"}},
        [".gateway.certificate: unknown key; known keys: name, namespace, hostname, owned"],
    ),
    "no certificate": (
        {"gateway.owned": {}},
        [".gateway.owned.certificate: missing; expected the certificate that clients see"],
    ),
    "no source of the certificate": (
        owned({}),
        [
            ".gateway.owned.certificate: without a source; expected issuer, or the secret that has the certificate",
        ],
    ),
    "two sources of the certificate": (
        owned({"secret": "models-tls", "issuer": ISSUER}),
        [".gateway.owned.certificate: with secret and issuer; expected one of them: which has the certificate?"],
    ),
    "a Secret that nobody renews": (
        owned({"secret": "models-tls", "durationHours": 100, "renewBeforeHours": 10}),
        [
            (
                ".gateway.owned.certificate.durationHours: has no effect without issuer; expected no durationHours, or "
                "an issuer"
            ),
            (
                ".gateway.owned.certificate.renewBeforeHours: has no effect without issuer; expected no "
                "renewBeforeHours, or an issuer"
            ),
        ],
    ),
    "a certificate that is always renewed, for a name twice": (
        owned(
            {
                "issuer": ISSUER,
                "durationHours": 24,
                "renewBeforeHours": 24,
                "dnsNames": ["*.models.dev.example", "*.models.dev.example"],
            }
        ),
        [
            ".gateway.owned.certificate.dnsNames: '*.models.dev.example', 2 times; expected each name once",
            (
                ".gateway.owned.certificate.renewBeforeHours: 24, with durationHours 24; expected less than 24: a "
                "certificate would be renewed as soon as it is there"
            ),
        ],
    ),
    "a name that is none": (
        owned({"secret": "models-tls", "dnsNames": ["*.*.models.dev.example"]}),
        [
            (
                '.gateway.owned.certificate.dnsNames[0]: "*.*.models.dev.example"; expected a full DNS name, or *. and '
                "one, such as *.models.example.org"
            )
        ],
    ),
    "hosts that the certificate is not for": (
        {
            **owned(),
            "models.0.hostname": "a.b.models.dev.example",
            "models.1.exposure": "gateway",
            "models.1.hostname": "iris.example.org",
        },
        [
            f".gateway.owned.certificate.dnsNames: no name for '{host}', the host name of a model; expected a "
            "certificate for it: this one is for *.models.dev.example; a wildcard stands for one label"
            for host in ("a.b.models.dev.example", "iris.example.org")
        ],
    ),
    "an order that leaves a host out": (
        owned({"issuer": ISSUER, "dnsNames": ["models.dev.example"]}),
        [
            (
                ".gateway.owned.certificate.dnsNames: no name for 'mnist.models.dev.example', the host name of a "
                "model; expected a certificate for it: this one is for models.dev.example; a wildcard stands for one "
                "label"
            )
        ],
    ),
    "another class": (
        owned(className="other", replicas=3, serviceType="ClusterIP", accessLogs={}),
        [
            ".gateway.owned.accessLogs: has no effect with class other; expected no accessLogs, or class istio",
            (
                ".gateway.owned.controllerNamespace: missing, with class other; expected the namespace of its "
                "controller, which the proxies reach"
            ),
            ".gateway.owned.replicas: has no effect with class other; expected no replicas, or class istio",
            ".gateway.owned.serviceType: has no effect with class other; expected no serviceType, or class istio",
        ],
    ),
    "options that Istio has not": (
        owned(tlsOptions={"least": "1.3"}),
        [".gateway.owned.tlsOptions: has no effect with class istio; expected no tlsOptions, or another class"],
    ),
    "another class in a mesh": (
        {**meshed({}), **owned(className="other", controllerNamespace="other-system")},
        [
            (
                ".gateway.owned.className: 'other', with mesh profile istio; expected istio: the mesh lets in its own "
                "proxies only"
            )
        ],
    ),
    "the namespace of the models": (
        {**owned(), "gateway.namespace": "models-dev"},
        [
            (
                ".gateway.namespace: 'models-dev', also a namespace of the models; expected a namespace of the "
                "gateway's own: its proxies are open, and all else in it is closed"
            )
        ],
    ),
    "a namespace of the cluster": (
        {**owned(), "gateway.namespace": "kube-system"},
        [
            (
                ".gateway.namespace: 'kube-system', also a namespace of the cluster; expected a namespace of the "
                "gateway's own: its proxies are open, and all else in it is closed"
            )
        ],
    ),
    "the namespace of istiod": (
        {**owned(), "gateway.namespace": "istio-system"},
        [
            (
                ".gateway.namespace: 'istio-system', also a namespace of istiod; expected a namespace of the gateway's "
                "own: its proxies are open, and all else in it is closed"
            )
        ],
    ),
    "the account of other proxies": (
        {**of_mesh(gatewayServiceAccount="entrance"), **owned()},
        [
            (
                ".gateway.name: 'public', whose proxies Istio gives the ServiceAccount 'public-istio'; expected no "
                "mesh.gatewayServiceAccount: models let in the proxies of that account only"
            )
        ],
    ),
    "a name that has no room for its Service": (
        {**owned(), "gateway.name": "g" * 58},
        [
            (
                f".gateway.name: '{'g' * 58}', whose Service '{'g' * 58}-istio' has 64 characters; expected at most 57 "
                "characters"
            )
        ],
    ),
    "access logs without a mesh": (
        {"mesh": {"accessLogs": {"requests": "errors"}}},
        [".mesh.accessLogs: has no effect with profile none; expected no accessLogs, or profile istio"],
    ),
    "half of the requests": (
        owned(accessLogs={"requests": "error"}),
        [".gateway.owned.accessLogs.requests: \"error\"; expected all or errors; did you mean 'errors'?"],
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES)
def test_a_finding_names_what_to_change(edits: Mapping[str, Any], expected: list[str]) -> None:
    assert sorted(problems(edits)) == sorted(expected)


@pytest.mark.parametrize(
    "old", ["TLSv1 TLSv1.2", "TLSv1.0", "TLSV1_1", "tls1.1", "1.0", "SSLv3", "TLS 1.1", "TLSv1", "TLS10", "MinTLS1.1"]
)
def test_old_versions_of_tls_are_refused(old: str) -> None:
    fields = {"className": "other", "controllerNamespace": "other", "tlsOptions": {"example/least": old}}
    assert problems(owned(**fields)) == [
        ".gateway.owned.tlsOptions: a mapping; expected TLS 1.2 or later; take the older version out of 'example/least'"
    ]


@pytest.mark.parametrize(
    "recent", ["TLSv1.2", "TLSV1_3", "1.2", "TLS12", "ssl-policy-modern", "ECDHE-ECDSA-AES128-GCM-SHA256"]
)
def test_recent_versions_are_taken(recent: str) -> None:
    fields = {"className": "other", "controllerNamespace": "other", "tlsOptions": {"example/least": recent}}
    assert load("dev", edited(owned(**fields))).gateway


def test_one_proxy_is_too_few_in_prod() -> None:
    found = problems(owned({"issuer": ISSUER}, replicas=1), stack="prod")
    assert found == [
        ".gateway.owned.replicas: 1; expected at least 2 in prod, so that the models stay reachable when a node is lost"
    ]


def test_listeners_are_counted() -> None:
    fields = {"exposure": Exposure.GATEWAY}
    platform = load("dev", edited(owned({"issuer": ISSUER})))
    models = [
        platform.models[0].model_copy(update={"name": f"m{number}", "hostname": f"m{number}.example.org", **fields})
        for number in range(64)
    ]
    assert platform.gateway
    assert len(gateway_hosts.own_hosts(models, platform.gateway)) == 64
    (found,) = gateway_issues(
        platform.gateway, models, platform.mesh, platform.environment, {"the models": platform.namespace}
    )
    assert found.found.startswith("65 listeners")


def test_a_host_right_below_the_domain_has_no_listener_of_its_own() -> None:
    edits = {**owned({"issuer": ISSUER}), "models.1.exposure": "gateway", "models.1.hostname": "i.models.dev.example"}
    platform = load("dev", edited({**edits, "models.0.hostname": "a.b.models.dev.example"}))
    assert platform.gateway
    assert gateway_hosts.own_hosts(platform.models, platform.gateway) == ("a.b.models.dev.example",)
    assert gateway_hosts.listener_of("i.models.dev.example", platform.gateway) == "https"
    names = gateway_hosts.certificate_names(platform.models, platform.gateway)
    assert names == ("*.models.dev.example", "a.b.models.dev.example")
