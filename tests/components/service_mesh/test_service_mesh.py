"""The objects of a mesh, and what it adds to those of the models."""

import itertools
import re
from dataclasses import replace

import pytest

from components.service_mesh.istio import authentication
from components.service_mesh.profiles import PROFILES, profile_of
from inferencectl.deployer import plain_objects
from inferencectl.deployer.objects import waves
from settings import Caller, MeshProfile, TokenIssuer
from tests.components.meshed import meshed_services
from tests.components.models import MESH
from tests.components.service_mesh.stack_of_mesh import (
    EDITS,
    MODELS,
    manifests,
    of_kind,
    pod_templates,
    recording,
    rendered,
)

OBJECTS_OF_MESH = {
    "AuthorizationPolicy",
    "DestinationRule",
    "PeerAuthentication",
    "RequestAuthentication",
    "Sidecar",
    "VirtualService",
}
STORAGE_PORT = "9000"
SERVERS = ("public-v1", "guarded-v1", "internal-v1", "stepwise-v1", "stepwise-v2")
FETCHING = {*(f"Deployment {name}" for name in SERVERS), "CronJob model-verification"}


def test_every_profile_of_the_settings_is_there() -> None:
    assert set(PROFILES) == set(MeshProfile)


def test_without_a_mesh_a_stack_is_as_before() -> None:
    plain = rendered({})
    assert rendered({"mesh": {"profile": "none"}}) == plain
    of_mesh = re.compile(
        r"^apiVersion: \S*istio|^ +(?:(?:sidecar|traffic|networking)\.istio\.io/|istio-injection|prometheus\.io/)",
        re.M,
    )
    assert of_mesh.findall(plain) == []
    assert of_mesh.findall(rendered(EDITS))


def test_the_namespace_is_closed_before_a_pod_starts() -> None:
    objects = plain_objects(recording())
    depth = waves(objects)
    by_kind = {(item.key.kind, item.key.name): depth[item.urn] for item in objects}
    closing = (
        ("PeerAuthentication", "mesh-strict"),
        ("AuthorizationPolicy", "mesh-default-deny"),
        ("Sidecar", "mesh-default"),
    )
    closed = max(by_kind[each] for each in (*closing, ("NetworkPolicy", "mesh-proxies")))
    running = [value for (kind, name), value in by_kind.items() if f"{kind} {name}" in pod_templates()]
    servers = [by_kind["Deployment", name] for name in SERVERS]
    assert min(servers) > closed
    assert len(running) == len(pod_templates())
    opened = [value for (kind, _), value in by_kind.items() if kind == "AuthorizationPolicy"]
    assert sorted(opened)[1] > closed


def test_nobody_gets_in_before_there_is_a_limit() -> None:
    objects = plain_objects(recording())
    depth = {(item.key.kind, item.key.name): waves(objects)[item.urn] for item in objects}
    assert depth["EnvoyFilter", "mesh-guarded-limits"] < depth["AuthorizationPolicy", "mesh-guarded"]


def test_all_is_closed_to_everybody_in_plain_text() -> None:
    (strict,) = of_kind("PeerAuthentication")
    assert strict["spec"] == {"mtls": {"mode": "STRICT"}}
    denying = [policy["metadata"]["name"] for policy in of_kind("AuthorizationPolicy") if policy["spec"] == {}]
    assert denying == ["mesh-default-deny"]


@pytest.mark.parametrize(
    ("revision", "label"), [(None, ("istio-injection", "enabled")), ("1-31", ("istio.io/rev", "1-31"))]
)
def test_the_namespace_is_injected(revision: str | None, label: tuple[str, str]) -> None:
    mesh = MESH.model_copy(update={"revision": revision})
    assert dict([label]) == profile_of(mesh).namespace_labels(mesh)


@pytest.mark.parametrize("name", sorted(pod_templates()))
def test_a_pod_has_a_native_sidecar_or_says_why_it_has_none(name: str) -> None:
    metadata = pod_templates()[name]["metadata"]
    annotations, labels = metadata["annotations"], metadata["labels"]
    if labels.get("sidecar.istio.io/inject") == "false":
        assert annotations["inference/no-sidecar-reason"]
        assert "model-server" not in labels.values()
        return
    assert annotations["sidecar.istio.io/nativeSidecar"] == "true"
    assert annotations["sidecar.istio.io/rewriteAppHTTPProbers"] == "true"
    for resource in ("CPU", "Memory"):
        proxy = [annotations[f"sidecar.istio.io/proxy{resource}{suffix}"] for suffix in ("", "Limit")]
        assert len(set(proxy)) == 1, "requests equal limits, as those of the server"


def test_those_that_fetch_reach_storage_past_their_proxy_and_nobody_else_does() -> None:
    excluded = "traffic.sidecar.istio.io/excludeOutboundPorts"
    templates = pod_templates()
    assert {name for name, pod in templates.items() if excluded in pod["metadata"]["annotations"]} == FETCHING
    assert {pod["metadata"]["annotations"].get(excluded, STORAGE_PORT) for pod in templates.values()} == {STORAGE_PORT}
    imports = [pod for name, pod in templates.items() if name.startswith("Job imported-v1-import")]
    assert [pod["metadata"]["labels"]["sidecar.istio.io/inject"] for pod in imports] == ["false"]


def test_an_import_is_another_job_in_a_mesh() -> None:
    """Jobs are immutable: one whose pods have other labels needs another name."""
    outside = rendered({"models": [{key: value for key, value in MODELS[3].items() if key != "mesh"}]})
    (inside,) = [name.removeprefix("Job ") for name in pod_templates() if name.startswith("Job ")]
    assert re.findall(r"name: (imported-v1-import-[0-9a-f]{8})", outside) != [inside]


@pytest.mark.parametrize(
    ("model", "port", "path"),
    [
        ("public", "8501", "/monitoring/prometheus/metrics"),
        ("internal", "8002", "/metrics"),
    ],
)
def test_metrics_are_merged_by_the_proxys_agent(model: str, port: str, path: str) -> None:
    annotations = pod_templates()[f"Deployment {model}-v1"]["metadata"]["annotations"]
    found = {key: value for key, value in annotations.items() if key.startswith("prometheus.io/")}
    assert found == {"prometheus.io/scrape": "true", "prometheus.io/port": port, "prometheus.io/path": path}


def test_each_agent_is_opened_to_prometheus_by_the_policy_of_its_model_alone() -> None:
    opened = [each["metadata"]["name"] for each in of_kind("NetworkPolicy") if "15020" in str(each["spec"])]
    assert sorted(opened) == sorted(str(model["name"]) for model in MODELS)


def test_the_proxy_of_a_server_is_told_of_no_host() -> None:
    scopes = {each["metadata"]["name"]: each["spec"] for each in of_kind("Sidecar")}
    assert scopes["mesh-default"]["egress"] == [{"hosts": ["~/*"]}]
    assert "workloadSelector" not in scopes["mesh-default"]
    assert {scope["outboundTrafficPolicy"]["mode"] for scope in scopes.values()} == {"REGISTRY_ONLY"}
    verification = scopes["mesh-model-verification"]["workloadSelector"]["labels"]
    assert verification.items() <= pod_templates()["CronJob model-verification"]["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("model", "namespaces"),
    [
        ("public", ".,gateway"),
        ("guarded", ".,gateway,shop"),
        ("internal", ".,lab,batch"),
        ("imported", ".,shop"),
        ("stepwise", ".,gateway"),
    ],
)
def test_only_the_proxies_of_a_models_clients_are_told_of_it(model: str, namespaces: str) -> None:
    services = [each for each in of_kind("Service") if each["metadata"]["name"].startswith(model)]
    told = {each["metadata"]["annotations"]["networking.istio.io/exportTo"] for each in services}
    rules = [
        each
        for kind in ("DestinationRule", "VirtualService")
        for each in of_kind(kind)
        if model in str(each["metadata"])
    ]
    assert told == {namespaces}
    assert {",".join(each["spec"]["exportTo"]) for each in rules} == {namespaces}
    assert len(services) >= 2


def test_a_model_knows_the_issuers_of_its_own_callers_alone() -> None:
    known = {
        each["metadata"]["name"]: [rule["issuer"] for rule in each["spec"]["jwtRules"]]
        for each in of_kind("RequestAuthentication")
    }
    login = "https://login.example"
    assert known == {"mesh-guarded": [login, "platform-team"], "mesh-internal": [login]}


def test_tokens_are_verified_by_the_keys_of_the_settings() -> None:
    keys = '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'
    inline = TokenIssuer(name="own", issuer="own", audiences=("models",), jwks=keys)
    other = TokenIssuer(name="other", issuer="other", audiences=("models",), jwks=keys)
    mesh = MESH.model_copy(update={"issuers": (*MESH.issuers, inline, other)})
    (guarded,) = [args.meshed for args in meshed_services() if args.model.name == "guarded"]
    partner, job = mesh.caller("partner"), Caller(name="job", namespace="jobs", issuer="own")
    (found,) = authentication.tokens(mesh, replace(guarded, callers=(partner, mesh.caller("shop"), job, partner)))
    bearer = [{"name": "Authorization", "prefix": "Bearer "}]
    assert found.spec["jwtRules"] == [
        {
            "issuer": "https://login.example",
            "audiences": ["models"],
            "jwksUri": "https://login.example/keys",
            "fromHeaders": bearer,
        },
        {"issuer": "own", "audiences": ["models"], "jwks": keys, "fromHeaders": bearer},
    ]
    assert found.spec["selector"] == {"matchLabels": guarded.labels}
    assert authentication.tokens(mesh, replace(guarded, callers=(mesh.caller("shop"),))) == ()


def test_all_kinds_are_made() -> None:
    assert {manifest["kind"] for manifest in manifests()} >= OBJECTS_OF_MESH
    names = [(each["kind"], each["metadata"]["name"]) for each in manifests()]
    assert not [pair for pair in itertools.combinations(sorted(names), 2) if pair[0] == pair[1]]
