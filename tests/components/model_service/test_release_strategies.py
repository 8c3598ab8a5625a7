"""Release strategies: the rules of a route, made by pure functions and looked at without mocks."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from components.model_service.manifests import network, progressive
from components.model_service.strategies.weights import COOKIE_SECONDS
from settings import BlueGreenRelease, Mesh, MirrorRelease, ModelMesh, Sticky, WeightsRelease
from tests.components.models import GATEWAY, KEDA, MESH, MODELS, PROGRESSIVE, RELEASES, model, service_args, version

HTTP, GRPC = 8501, 8500
BY_COOKIE, BY_HEADER = (WeightsRelease(sticky=each) for each in (Sticky(cookie="release"), Sticky(header="x-version")))


def rules(port: int, **fields: Any) -> Sequence[Mapping[str, Any]]:
    """The rules of one protocol; those of both are alike but for paths and ports."""
    spec = network.route(service_args(model(**{**MODELS["gateway"], **fields})), GATEWAY)
    of_port = [rule for rule in spec["rules"] if all(each["port"] == port for each in rule["backendRefs"])]
    assert len(of_port) == len(spec["rules"]) / 2
    return of_port


def backends(rule: Mapping[str, Any]) -> dict[str, int]:
    return {each["name"]: each.get("weight", 1) for each in rule["backendRefs"]}


def headers(rule: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The headers that a rule asks for, which are the same for each of its paths."""
    first, *others = (match.get("headers", []) for match in rule["matches"])
    assert all(each == first for each in others)
    return first


@pytest.mark.parametrize("port", [HTTP, GRPC])
class TestRules:
    def test_requests_with_the_header_go_to_the_candidate(self, port: int) -> None:
        asked, others = rules(port, **RELEASES["header"])
        assert headers(asked) == [{"type": "Exact", "name": "x-release", "value": "canary"}]
        assert backends(asked) == {"mnist-v2": 1}
        assert headers(others) == []
        assert backends(others) == {"mnist-v1": 100, "mnist-v2": 0}
        paths = [[match["path"] for match in rule["matches"]] for rule in (asked, others)]
        assert paths[0] == paths[1]

    @pytest.mark.parametrize("percent", [1, 10, 100])
    def test_the_share_of_copies_is_always_written(self, port: int, percent: int) -> None:
        """Without one, every request is copied: https://gateway-api.sigs.k8s.io/reference/spec/#httprequestmirrorfilter"""
        release = MirrorRelease(candidate=2, percent=percent)
        (only,) = rules(port, **{**RELEASES["mirror"], "release": release})
        copies = {"backendRef": {"name": "mnist-v2", "port": port}, "percent": percent}
        assert only["filters"] == [{"type": "RequestMirror", "requestMirror": copies}]
        assert backends(only) == {"mnist-v1": 100, "mnist-v2": 0}

    def test_blue_green_leads_to_the_stable_address_whichever_version_that_is(self, port: int) -> None:
        made = [
            rules(port, versions=(version(1, first), version(2, 100 - first)), release=BlueGreenRelease())
            for first in (100, 0)
        ]
        assert made[0] == made[1]
        ((only,),) = (made[0],)
        assert backends(only) == {"mnist": 1}

    @pytest.mark.parametrize("release", [BY_COOKIE, BY_HEADER])
    def test_clients_stay_with_each_version_that_has_a_share(self, port: int, release: WeightsRelease) -> None:
        versions = (version(1, 60), version(2, 40), version(3, 0))
        *stay, split = rules(port, versions=versions, release=release)
        assert [backends(each) for each in stay] == [{"mnist-v1": 1}, {"mnist-v2": 1}]
        assert backends(split) == {"mnist-v1": 60, "mnist-v2": 40, "mnist-v3": 0}
        assert all(len(headers(each)) == 1 for each in stay)
        assert headers(split) == []

    def test_a_header_names_the_version_of_each_answer(self, port: int) -> None:
        *stay, split = rules(port, release=BY_HEADER)
        for number, rule in enumerate(stay, 1):
            assert headers(rule) == [{"type": "Exact", "name": "x-version", "value": str(number)}]
            assert rule["filters"] == [said(number)]
        assert [each["filters"] for each in split["backendRefs"]] == [[said(1)], [said(2)]]

    def test_a_cookie_names_the_version_of_the_first_answer(self, port: int) -> None:
        *stay, split = rules(port, release=BY_COOKIE)
        assert all("filters" not in rule for rule in stay)
        for number, each in enumerate(split["backendRefs"], 1):
            (only,) = each["filters"]
            ((cookie,),) = only["responseHeaderModifier"].values()
            assert list(only["responseHeaderModifier"]) == ["add"]
            assert cookie["name"] == "Set-Cookie"
            first, *attributes = cookie["value"].split("; ")
            assert first == f"release={number}"
            assert set(attributes) == {"Path=/", f"Max-Age={COOKIE_SECONDS}", "HttpOnly", "Secure", "SameSite=Lax"}


def said(number: int) -> Mapping[str, object]:
    header = {"name": "x-version", "value": str(number)}
    return {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [header]}}


@pytest.mark.parametrize(
    ("cookie", "number"),
    [
        ("release=1", 1),
        ("release=2", 2),
        ("a=b; release=2", 2),
        ("a=b;release=2;c=d", 2),
        ("release=2; c=d", 2),
        ("release=12", None),
        ("release=1x", None),
        ("my-release=1", None),
        ("a=release=1", None),
        ("release=3", None),
        ("release=", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_the_cookie_is_found_among_others(cookie: str, number: int | None, whole: bool) -> None:
    """Envoy compares the whole header; other gateways look for the pattern anywhere in it."""
    *stay, _ = rules(HTTP, release=BY_COOKIE)
    compare = re.fullmatch if whole else re.search
    found = [name for rule in stay for name in backends(rule) if compare(headers(rule)[0]["value"], cookie)]
    assert found == ([f"mnist-v{number}"] if number else [])


@pytest.mark.parametrize("kind", RELEASES)
@pytest.mark.parametrize("runtime", ["torchserve", "triton"])
def test_every_strategy_is_for_every_runtime(kind: str, runtime: str) -> None:
    versions = tuple(each.model_copy(update={"labels": ()}) for each in MODELS[kind]["versions"])
    args = service_args(model(**{**MODELS[kind], **MODELS[runtime], "versions": versions}))
    made = network.route(args, GATEWAY)["rules"]
    paths = {match["path"]["value"] for rule in made for match in rule["matches"]}
    server = args.served[0].server
    assert paths == {server.http_prefix, *(f"/{service}" for service in server.grpc_services)}


@pytest.mark.parametrize("kind", ["gateway", *RELEASES])
def test_the_settings_know_how_many_rules_there_are(kind: str) -> None:
    """What the limit of a route is checked with."""
    served = model(**MODELS[kind])
    assert len(rules(HTTP, **MODELS[kind])) == served.release.route_rules(served.versions)


MESHED: Mapping[str, Any] = {"mesh": ModelMesh(callers=("shop",), timeout_seconds=9)}


@pytest.mark.parametrize("kind", ["gateway", *RELEASES])
def test_the_limit_of_an_answer_is_that_of_every_rule(kind: str) -> None:
    for asked, limit in ((MESHED, {"request": "9s"}), ({}, None)):
        args = service_args(model(**{**MODELS[kind], **asked}), mesh=MESH if asked else Mesh())
        assert all(rule.get("timeouts") == limit for rule in network.route(args, GATEWAY)["rules"])


def test_flagger_writes_the_limit_into_its_routes() -> None:
    """Source: `service.timeout` in https://github.com/fluxcd/flagger/blob/v1.44.0/artifacts/flagger/crd.yaml."""
    for asked, limit in ((MESHED, "9s"), ({}, None)):
        served = model(**PROGRESSIVE, **asked)
        args = service_args(served, mesh=MESH if asked else Mesh(), autoscaling=KEDA)
        for protocol in progressive.protocols(args.served[0]):
            spec = progressive.canary_spec(args, protocol, PROGRESSIVE["release"], GATEWAY, ())
            assert spec["service"].get("timeout") == limit
