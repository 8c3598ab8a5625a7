"""The API server of a sandbox with a real node still reaches what listens on the machine, such as webhooks of tests."""

import base64
import http.server
import json
import ssl
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from inferencectl.sandbox import component_commands, pki
from inferencectl.sandbox.node import addresses, configuration, node_objects
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.workspace.errors import SandboxError
from tests.real_node import Live
from tests.waiting import soon

ANSWER = "refused by a webhook on this machine"


class _Refusing(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        response = {"uid": review["request"]["uid"], "allowed": False, "status": {"message": ANSWER}}
        body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    """The URL of a webhook on this machine that refuses everything, and the certificate to trust."""
    files = pki.ensure_serving(tmp_path / "serving", LOOPBACK)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "tls.crt", files / "tls.key")
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), _Refusing) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://{LOOPBACK}:{server.server_port}/", (files / "ca.crt").read_bytes()
        server.shutdown()


@pytest.mark.real_node
def test_a_webhook_on_the_loopback_interface_is_asked(live: Live, webhook: tuple[str, bytes]) -> None:
    url, authority = webhook
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    configured = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": live.namespace},
        "webhooks": [
            {
                "name": "refusing.sandbox.example",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"url": url, "caBundle": base64.b64encode(authority).decode()},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": live.namespace}},
                "rules": [rule],
            }
        ],
    }

    def is_refused() -> bool:
        try:
            live.run("create", "configmap", f"c{uuid.uuid4().hex[:8]}")
        except SandboxError as error:
            return ANSWER in error.message
        return False

    live.apply(configured)
    try:
        soon(is_refused, "the webhook is asked")
    finally:
        live.kubectl.run("delete", "validatingwebhookconfiguration", live.namespace)


def test_every_kind_of_call_into_the_cluster_goes_by_the_bridge() -> None:
    document = yaml.safe_load(configuration.egress(Path("/a/bridge.sock")))
    (selection,) = document["egressSelections"]
    assert selection["name"] == "cluster"
    assert selection["connection"]["transport"] == {"uds": {"udsName": "/a/bridge.sock"}}


def test_addresses_in_manifests_are_those_of_the_node() -> None:
    objects = list(yaml.safe_load_all(node_objects.OBJECTS.read_text(encoding="utf-8")))
    (endpoints,) = [each for each in objects if each["kind"] == "EndpointSlice"]
    assert endpoints["endpoints"][0]["addresses"] == [addresses.NODE_ADDRESS]
    assert endpoints["ports"][0]["port"] == addresses.API_PORT
    (names,) = [each for each in objects if each["kind"] == "Service"]
    assert names["spec"]["clusterIP"] == addresses.DNS_ADDRESS
    (coredns,) = [each for each in objects if each["kind"] == "Deployment"]
    assert coredns["spec"]["template"]["spec"]["nodeSelector"] == {addresses.NODE_LABEL: addresses.NODE}


def test_pods_of_the_node_have_addresses_that_no_simulated_pod_has() -> None:
    assert not addresses.POD_NETWORK.startswith(component_commands.POD_NETWORK.partition(".0.0/")[0])
