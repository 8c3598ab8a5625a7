"""The audit policy in force: who did what is in the log, at the level that the policy says, and no Secret is."""

import base64
import http.client
import json
import ssl
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.control_plane import Cluster
from tests.cluster.audit_log import AuditLog
from tests.inferencectl.deployer import manifests
from tests.inferencectl.rest import Rest, config_maps, deployments

Eventually = Callable[[Callable[[], object]], object]
BODIES = {"requestObject", "responseObject"}
VALUE = "gD7vQm2xLr9T"
ENCODED = base64.b64encode(VALUE.encode()).decode()
READER = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "readers"}
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces"


@pytest.fixture
def log(control_plane: Cluster, eventually: Eventually) -> AuditLog:
    return AuditLog(control_plane, eventually)


def send(api: ApiClient, verb: str, path: str, body: str, content_type: str, **headers: str) -> int:
    """The status that the API server answers with, whatever it is."""
    sent = {**api.default_headers, "Content-Type": content_type, **headers}
    return api.rest_client.pool_manager.request(verb, api.configuration.host + path, body=body, headers=sent).status


def secret(namespace: str, **fields: object) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "known", "namespace": namespace}, **fields}


def test_who_touches_a_secret_is_reported_and_what_it_says_is_not(
    api_client: ApiClient,
    rest: Rest,
    namespace: str,
    log: AuditLog,
) -> None:
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    rest.post(secrets, secret(namespace, stringData={"key": VALUE}))
    assert rest.get(f"{secrets}/known")["data"] == {"key": ENCODED}
    rest.get(secrets)
    rest.merge(f"{secrets}/known", {"data": {"other": ENCODED}})
    Resources(api_client).apply(secret(namespace, data={"key": ENCODED, "third": ENCODED}))
    send(
        api_client, "PUT", f"{secrets}/known", json.dumps(secret(namespace, data={"key": ENCODED})), "application/json"
    )
    rest.delete(f"{secrets}/known")
    log.awaited(namespace, resource="secrets", verb="delete")
    reported = log.events(namespace, resource="secrets")
    assert {event["verb"] for event in reported} == {"create", "get", "list", "patch", "update", "delete"}
    for event in reported:
        assert event["user"]["username"] == "sandbox-admin"
        assert event["level"] == "Metadata"
        assert not event.keys() & BODIES
    assert not [*log.lines(VALUE), *log.lines(ENCODED)]


MALFORMED = ({"data": {"key": VALUE + "!"}}, {"stringData": {"key": [VALUE]}}, {"data": VALUE})


@pytest.mark.parametrize("patch", ["merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"])
def test_a_malformed_secret_is_not_quoted(api_client: ApiClient, namespace: str, log: AuditLog, patch: str) -> None:
    """The API server answers such a patch with all that the Secret holds, whatever the level."""
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    rest = Rest(api_client)
    rest.post(secrets, secret(namespace, data={"key": ENCODED}))
    for fields in MALFORMED:
        malformed = json.dumps({**secret(namespace), **fields})
        assert send(api_client, "POST", secrets, malformed, "application/json") == 400
        assert send(api_client, "PUT", f"{secrets}/known", malformed, "application/json") == 400
        assert send(api_client, "PATCH", f"{secrets}/known?fieldManager=test", malformed, f"application/{patch}") >= 400
    rest.post(config_maps(namespace), {"metadata": {"name": "afterwards"}})
    log.awaited(namespace, resource="configmaps", verb="create")
    assert len(log.events(namespace, resource="secrets", verb="patch")) == len(MALFORMED)
    assert not [*log.lines(VALUE), *log.lines(ENCODED)]


def test_a_token_is_asked_for_and_reviewed_and_in_no_log(
    rest: Rest, namespace: str, log: AuditLog, eventually: Eventually
) -> None:
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    eventually(lambda: rest.items(f"/api/v1/namespaces/{namespace}/serviceaccounts"))
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = rest.post(f"{account}/token", request)["status"]["token"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    assert rest.post("/apis/authentication.k8s.io/v1/tokenreviews", review)["status"]["authenticated"]
    log.awaited("/tokenreviews", resource="tokenreviews", verb="create")
    assert log.events(namespace, resource="serviceaccounts/token", verb="create")
    signature = token.rpartition(".")[2]
    assert not [*log.lines(signature)]


def test_who_gives_rights_is_reported_word_for_word_even_when_impersonating(
    api_client: ApiClient,
    namespace: str,
    log: AuditLog,
) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    binding = json.dumps({"metadata": {"name": "readers"}, "roleRef": reference, "subjects": [READER]})
    borrowed = {"Impersonate-User": "somebody", "Impersonate-Group": "system:masters"}
    assert send(api_client, "POST", f"{RBAC}/{namespace}/rolebindings", binding, "application/json", **borrowed) == 201
    log.awaited(namespace, resource="rolebindings")
    (event,) = log.events(namespace, resource="rolebindings")
    assert (event["level"], event["stage"], event["responseStatus"]["code"]) == ("Request", "ResponseComplete", 201)
    assert event["user"]["username"] == "sandbox-admin"
    assert event["impersonatedUser"]["username"] == "somebody"
    assert event["requestObject"]["roleRef"]["name"] == "view"
    assert event["requestObject"]["subjects"] == [READER]
    assert "responseObject" not in event


def test_what_runs_is_reported_word_for_word_and_what_configures_it_is_not(
    api_client: ApiClient,
    rest: Rest,
    namespace: str,
    log: AuditLog,
) -> None:
    Resources(api_client).apply(manifests.deployment(namespace, "server", image="image.example/first").manifest)
    live = rest.get(f"{deployments(namespace)}/server")
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "image.example/second"
    send(api_client, "PUT", f"{deployments(namespace)}/server", json.dumps(live), "application/json")
    rest.merge(f"{deployments(namespace)}/server/scale", {"spec": {"replicas": 3}})
    rest.post(config_maps(namespace), {"metadata": {"name": "data"}, "data": {"key": VALUE}})
    log.awaited(namespace, resource="configmaps", verb="create")

    def image(event: dict[str, Any]) -> str:
        return event["requestObject"]["spec"]["template"]["spec"]["containers"][0]["image"]

    people = {"level": "Request", "resource": "deployments"}
    assert [image(event) for event in log.events(namespace, verb="patch", **people)] == ["image.example/first"]
    (update,) = log.events(namespace, verb="update", **people)
    assert image(update) == "image.example/second"
    assert "managedFields" not in update["requestObject"]["metadata"]
    (scaled,) = log.events(namespace, resource="deployments/scale")
    assert scaled["requestObject"] == {"spec": {"replicas": 3}}
    # The controllers' own part is reported, without what it repeats.
    pods = log.events(namespace, resource="pods", verb="create")
    assert {event["level"] for event in [*pods, *log.events(namespace, resource="configmaps")]} == {"Metadata"}
    assert not [*log.lines(VALUE)]


def test_who_enters_a_pod_is_reported_with_the_command(
    api_client: ApiClient,
    namespace: str,
    log: AuditLog,
) -> None:
    shell = f"/api/v1/namespaces/{namespace}/pods/server/exec?command=cat&command=/etc/passwd"
    send(api_client, "POST", shell, "", "application/json")
    log.awaited(namespace, resource="pods/exec")
    assert {event["verb"] for event in log.events(namespace, resource="pods/exec")} == {"create"}
    assert {event["requestURI"] for event in log.events(namespace, resource="pods/exec")} == {shell}


def test_who_is_refused_or_unknown_is_reported(api_client: ApiClient, namespace: str, log: AuditLog) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    nobody = {"Impersonate-User": "nobody-in-particular"}
    assert send(api_client, "GET", pods, "", "application/json", **nobody) == 403
    (refused,) = log.awaited(namespace, verb="list")
    assert (refused["responseStatus"]["code"], refused["impersonatedUser"]["username"]) == (403, "nobody-in-particular")
    address = urllib.parse.urlsplit(api_client.configuration.host)
    context = ssl._create_unverified_context()  # noqa: S323
    stranger = http.client.HTTPSConnection(address.netloc, context=context, timeout=5)
    stranger.request("DELETE", f"{pods}/server", headers={"Authorization": f"Bearer {VALUE}"})
    assert stranger.getresponse().status == 401
    stranger.close()
    assert [event["responseStatus"]["code"] for event in log.awaited(namespace, verb="delete")] == [401]
    assert not [*log.lines(VALUE)]


def test_noise_is_left_out_and_its_removal_is_not(api_client: ApiClient, namespace: str, log: AuditLog) -> None:
    rest = Rest(api_client)
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    events = f"/api/v1/namespaces/{namespace}/events"
    rest.post(leases, {"metadata": {"name": "leader"}, "spec": {"holderIdentity": "me"}})
    rest.merge(f"{leases}/leader", {"spec": {"holderIdentity": "you"}})
    rest.post(events, {"metadata": {"name": "seen"}, "involvedObject": {"namespace": namespace}, "reason": "Seen"})
    for removed in (f"{leases}/leader", f"{events}/seen"):
        rest.get(removed)
        rest.delete(removed)
    log.awaited(namespace, resource="events", verb="delete")
    for resource in ("leases", "events"):
        assert {event["verb"] for event in log.events(namespace, resource=resource)} == {"delete"}
    for path in ("/healthz/ping", "/apis", "/version"):
        assert send(api_client, "GET", path, "", "application/json") == 200
    rest.post(config_maps(namespace), {"metadata": {"name": "afterwards"}})
    log.awaited(namespace, resource="configmaps", verb="create")
    for path in ("/healthz", "/readyz", "/version", "/openapi", '/apis"', '/api"'):
        assert not [*log.lines(f'"requestURI":"{path}')]
    for component in ("system:kube-scheduler", "system:kube-controller-manager"):
        events = map(json.loads, log.lines(f'"username":"{component}"'))
        read = [event["objectRef"]["resource"] for event in events if event["verb"] in ("get", "list", "watch")]
        assert {*read} <= {"secrets"}


def test_nobody_else_on_the_machine_reads_the_log(log: AuditLog) -> None:
    assert {file.stat().st_mode & 0o777 for file in log.files} == {0o600}
