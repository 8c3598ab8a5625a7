"""A gateway that the stack owns: what listens, who reaches it, whom it reaches, and what attaches to it."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.ingress_gateway.manifests import gateway_metadata
from inferencectl.deployer import plain_objects
from inferencectl.deployer.objects import waves
from inferencectl.deployer.rendering import render
from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import Recording, record_program
from inferencectl.sandbox.live import access_log
from inferencectl.workspace.project import Project
from tests.components.ingress_gateway import owned_gateway
from tests.settings.settings_stack import ROOT, edited

Manifest = Mapping[str, Any]
ISSUED: Mapping[str, object] = {"certificate": {"issuer": {"name": "public"}}}
OTHER: Mapping[str, object] = {
    "className": "other",
    "controllerNamespace": "other-system",
    "certificate": {"secret": "models-tls", "dnsNames": ["*.models.dev.example", "iris.example.org"]},
    "createNamespace": False,
    "clients": ["192.0.2.0/24"],
    "tlsOptions": {"other.example/least-version": "TLSv1.2"},
}
GATEWAY = "gateway"
"""The namespace of the gateway of the dev stack, whose domain is models.dev.example."""
OWN_HOST = "iris.example.org"
KEDA = {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}


@cache
def _recording(owned: str) -> Recording:
    edits: dict[str, Any] = {
        "gateway.owned": json.loads(owned),
        "autoscaling": KEDA,
        "monitoring": {"scraperNamespace": "watching"},
    }
    edits |= {"models.1.exposure": "gateway", "models.1.hostname": OWN_HOST}
    return record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(edits))


def recording(owned: Mapping[str, object] = ISSUED) -> Recording:
    return _recording(json.dumps(owned))


def of_kind(kind: str, owned: Mapping[str, object] = ISSUED) -> list[Manifest]:
    return [item.manifest for item in plain_objects(recording(owned)) if item.manifest["kind"] == kind]


def the_gateway(owned: Mapping[str, object] = ISSUED) -> Manifest:
    (made,) = of_kind("Gateway", owned)
    return made


def its_policy(owned: Mapping[str, object] = ISSUED) -> Manifest:
    (made,) = (each for each in of_kind("NetworkPolicy", owned) if each["metadata"]["name"] == "public")
    return made["spec"]


@pytest.mark.parametrize("owned", [ISSUED, OTHER], ids=["istio", "other"])
def test_it_speaks_tls_alone_and_takes_routes_of_the_models_alone(owned: Mapping[str, object]) -> None:
    listeners = the_gateway(owned)["spec"]["listeners"]
    assert [each["hostname"] for each in listeners] == ["*.models.dev.example", OWN_HOST]
    for each in listeners:
        assert (each["port"], each["protocol"], each["tls"]["mode"]) == (443, "HTTPS", "Terminate")
        assert each["tls"]["certificateRefs"] == [{"name": "public-tls" if owned is ISSUED else "models-tls"}]
        assert each["allowedRoutes"]["namespaces"] == {
            "from": "Selector",
            "selector": {"matchLabels": {"kubernetes.io/metadata.name": "models-dev"}},
        }


def test_the_route_of_a_model_attaches_to_the_listener_of_its_host() -> None:
    hosts = {each["name"]: each["hostname"] for each in the_gateway()["spec"]["listeners"]}
    attached = {each["spec"]["hostnames"][0]: each["spec"]["parentRefs"] for each in of_kind("HTTPRoute")}
    assert {host: hosts[parent["sectionName"]] for host, (parent,) in attached.items()} == {
        "mnist.models.dev.example": "*.models.dev.example",
        OWN_HOST: OWN_HOST,
    }


def test_a_gateway_that_is_there_already_stays_as_it_was() -> None:
    plain = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited({}))
    assert "sectionName" not in render(plain)
    assert not [each for each in plain_objects(plain) if each.manifest["metadata"].get("namespace") == GATEWAY]


def test_a_certificate_is_ordered_for_all_hosts_with_a_new_key_each_time() -> None:
    (ordered,) = of_kind("Certificate")
    spec = ordered["spec"]
    assert spec["dnsNames"] == ["*.models.dev.example", OWN_HOST]
    assert spec["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "public"}
    assert (spec["duration"], spec["renewBefore"]) == ("2160h0m0s", "720h0m0s")
    assert spec["privateKey"]["rotationPolicy"] == "Always"
    assert of_kind("Certificate", OTHER) == []


def test_routes_come_after_the_listeners_and_those_after_what_they_need() -> None:
    objects = plain_objects(recording())
    depth = waves(objects)
    kinds = ("Certificate", "ConfigMap", "Gateway", "HTTPRoute", "NetworkPolicy")
    of_gateway = [item for item in objects if item.key.namespace == GATEWAY or item.key.kind == "HTTPRoute"]
    at = {kind: [depth[item.urn] for item in of_gateway if item.key.kind == kind] for kind in kinds}
    assert max(*at["Certificate"], *at["ConfigMap"], *at["NetworkPolicy"]) < min(at["Gateway"])
    assert max(at["Gateway"]) < min(at["HTTPRoute"])


def test_its_namespace_is_closed_to_all_but_the_proxies() -> None:
    (namespace,) = (each for each in of_kind("Namespace") if each["metadata"]["name"] == GATEWAY)
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    policies = [each for each in of_kind("NetworkPolicy") if each["metadata"]["namespace"] == GATEWAY]
    (deny,) = (each["spec"] for each in policies if each["metadata"]["name"] == "default-deny")
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert its_policy()["podSelector"] == {
        "matchLabels": {"gateway.networking.k8s.io/gateway-name": the_gateway()["metadata"]["name"]}
    }
    others = [each["metadata"]["name"] for each in of_kind("Namespace", OTHER)]
    assert others == ["models-dev"]


def peers(rules: list[Manifest], direction: str) -> list[tuple[object, object]]:
    """Whom rules let in or out, each with the ports."""
    found: list[tuple[object, object]] = []
    for rule in rules:
        ports = tuple(each.get("port", "any") for each in rule["ports"])
        for peer in rule.get(direction, [{}]):
            namespace = peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
            found.append((namespace or peer.get("ipBlock", {}).get("cidr", "everybody"), ports))
    return found


def test_clients_and_prometheus_reach_the_proxies() -> None:
    scrapers = [(name, (15020, 15090)) for name in ("monitoring", "watching")]
    assert peers(its_policy()["ingress"], "from") == [("everybody", (443, 15021)), *scrapers]
    assert peers(its_policy(OTHER)["ingress"], "from") == [("192.0.2.0/24", ("any",))]


def test_the_proxies_reach_names_their_controller_and_model_servers() -> None:
    reached = peers(its_policy()["egress"], "to")
    assert reached == [("kube-system", (53, 53)), ("istio-system", (15012,)), ("models-dev", ("any",))]
    assert ("other-system", ("any",)) in peers(its_policy(OTHER)["egress"], "to")
    servers = its_policy()["egress"][-1]["to"][0]["podSelector"]["matchLabels"]
    assert servers == {"app.kubernetes.io/component": "model-server"}


def test_it_belongs_to_the_revision_of_the_mesh() -> None:
    args = owned_gateway.args_of(owned_gateway.ISTIO)
    for revision in (None, "canary"):
        labels = gateway_metadata(replace(args, revision=revision)).labels
        assert isinstance(labels, Mapping)
        assert labels.get("istio.io/rev") == revision


def test_istio_deploys_two_proxies_of_which_one_may_be_away() -> None:
    (changes,) = (each for each in of_kind("ConfigMap") if each["metadata"]["namespace"] == GATEWAY)
    assert the_gateway()["spec"]["infrastructure"]["parametersRef"]["name"] == changes["metadata"]["name"]
    deployment = json.loads(changes["data"]["deployment"])["spec"]
    assert deployment["replicas"] == 2
    assert deployment["template"]["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    assert json.loads(changes["data"]["podDisruptionBudget"]) == {"spec": {"maxUnavailable": 1}}
    assert "infrastructure" not in the_gateway(OTHER)["spec"]


@pytest.mark.parametrize(
    ("service", "is_local"), [("LoadBalancer", True), ("NodePort", True), ("ClusterIP", False), (None, False)]
)
def test_addresses_of_clients_reach_the_policy_that_asks_for_them(service: str | None, is_local: bool) -> None:
    """A node that passes a connection on would put its own address in place of the client's."""
    clients = {"clients": ["192.0.2.0/24"], "serviceType": service} if service else {}
    (changes,) = (
        each for each in of_kind("ConfigMap", {**ISSUED, **clients}) if each["metadata"]["namespace"] == GATEWAY
    )
    wanted = {"service": '{"spec": {"externalTrafficPolicy": "Local"}}'} if is_local else {}
    assert {key: value for key, value in changes["data"].items() if key == "service"} == wanted


def test_the_cloud_and_the_class_are_told_what_they_ask_for() -> None:
    owned = {**ISSUED, "annotations": {"cloud.example/internal": "true"}, "serviceType": "NodePort"}
    made = the_gateway(owned)
    assert made["spec"]["infrastructure"]["annotations"] == {"cloud.example/internal": "true"}
    assert made["metadata"]["annotations"] == {"networking.istio.io/service-type": "NodePort"}
    options = [each["tls"].get("options") for each in the_gateway(OTHER)["spec"]["listeners"]]
    assert options == [{"other.example/least-version": "TLSv1.2"}] * 2


@pytest.mark.parametrize("owned", [ISSUED, OTHER], ids=["istio", "other"])
def test_the_policy_pack_has_nothing_against_it(owned: Mapping[str, object]) -> None:
    verdict = judge(analyzer_of(Project(Path(ROOT)), "dev"), recording(owned))
    assert verdict.violations == ()


@pytest.mark.parametrize(
    ("logs", "filtered"), [({}, False), ({"requests": "all"}, False), ({"requests": "errors"}, True)]
)
def test_it_logs_what_the_settings_say(logs: Mapping[str, object], filtered: bool) -> None:
    (telemetry,) = of_kind("Telemetry", {**ISSUED, "accessLogs": {**logs, "provider": "json"}})
    (target,) = telemetry["spec"]["targetRefs"]
    assert (target["kind"], target["name"]) == ("Gateway", "public")
    (logging,) = telemetry["spec"]["accessLogging"]
    assert logging["providers"] == [{"name": "json"}]
    assert ("filter" in logging) == filtered


def test_without_access_logs_istio_is_told_nothing() -> None:
    assert of_kind("Telemetry") == []


def test_the_documented_format_of_a_line_is_that_of_the_proofs() -> None:
    text = (Path(ROOT) / "docs" / "gateway.md").read_text(encoding="utf-8")
    (documented,) = (each for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "accessLogFormat" in each)
    assert json.loads(yaml.safe_load(documented)["meshConfig"]["accessLogFormat"]) == access_log.FORMAT
