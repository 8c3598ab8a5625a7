"""A load in a cluster: the strictest profile admits its pod, and it finds everything that the script reads."""

import base64
import json
import re
import struct
from dataclasses import replace

import pytest
from kubernetes import client

from components.network_peers import client_peers
from inferencectl.load import manifests
from inferencectl.load.load import Load
from inferencectl.load.manifests import LoadPlace
from inferencectl.load.tensor import Dialect, Tensor, grpc_message, rest_body, rest_path

TENSOR = Tensor(name="x", shape=[2, 3], values=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
LOAD = Load(
    dialect=Dialect.OPEN_INFERENCE,
    model="digits",
    inputs=[TENSOR],
    host="digits.models.svc",
    http_port=8000,
    grpc_port=8001,
    rate=20,
    seconds=60,
)


def test_every_file_and_variable_that_the_script_reads_is_given() -> None:
    script = LOAD.files["load.js"]
    assert (
        set(re.findall(r"open\('([^']+)'\)", script)) | set(re.findall(r"'(\w+\.proto)'", script)) <= LOAD.files.keys()
    )
    assert set(re.findall(r"__ENV\.(\w+)", script)) == {name for name in LOAD.environment if name.startswith("LOAD_")}


def test_the_addresses() -> None:
    assert LOAD.environment["LOAD_REST_URL"] == "http://digits.models.svc:8000/v2/models/digits/infer"
    assert LOAD.environment["LOAD_GRPC_ADDRESS"] == "digits.models.svc:8001"
    assert rest_path(Dialect.TENSORFLOW_SERVING, "digits") == "/v1/models/digits:predict"


def test_over_tls_the_script_finds_the_authority_that_it_trusts() -> None:
    load = replace(LOAD, authority="-----BEGIN CERTIFICATE-----")
    assert load.files[load.environment["SSL_CERT_FILE"]] == load.authority
    assert load.environment["LOAD_REST_URL"] == "https://digits.models.svc:8000/v2/models/digits/infer"
    assert (LOAD.environment["LOAD_TLS"], load.environment["LOAD_TLS"]) == ("", "true")


def test_requests_carry_the_tensor() -> None:
    (tensor,) = json.loads(rest_body(Dialect.OPEN_INFERENCE, [TENSOR]))["inputs"]
    assert (tensor["shape"], tensor["data"]) == ([2, 3], list(TENSOR.values))
    assert json.loads(rest_body(Dialect.TENSORFLOW_SERVING, [TENSOR])) == {"inputs": {"x": [[1, 2, 3], [4, 5, 6]]}}
    message = json.loads(grpc_message(Dialect.OPEN_INFERENCE, "digits", [TENSOR]))
    assert message["inputs"][0]["contents"]["fp32Contents"] == list(TENSOR.values)
    proto = json.loads(grpc_message(Dialect.TENSORFLOW_SERVING, "digits", [TENSOR]))["inputs"]["x"]
    assert struct.unpack("<6f", base64.b64decode(proto["tensorContent"])) == tuple(TENSOR.values)


def test_a_tensor_has_as_many_values_as_its_shape() -> None:
    with pytest.raises(ValueError, match="5 values for the shape"):
        Tensor(name="x", shape=[2, 3], values=[1.0] * 5)


def test_models_admit_the_namespace_of_the_load() -> None:
    labels = manifests.namespace(LoadPlace(image="k6"))["metadata"]["labels"]
    wanted = [peer.namespace_selector.match_labels for peer in client_peers() if peer.namespace_selector]  # type: ignore[union-attr]
    assert any(labels.items() >= dict(each).items() for each in wanted)  # type: ignore[arg-type]


def test_the_api_server_takes_the_objects_and_admits_the_pod(api_client: client.ApiClient, namespace: str) -> None:
    core = client.CoreV1Api(api_client)
    place = LoadPlace(
        image="registry.example/k6:1",
        namespace=namespace,
        node_selector={"inference/node": "real"},
        addresses={"digits.models.example": "10.96.0.7"},
    )
    labels = manifests.namespace(place)["metadata"]["labels"]
    core.patch_namespace(namespace, {"metadata": {"labels": labels}})
    core.create_namespaced_config_map(namespace, manifests.config_map(place, LOAD))
    job = client.BatchV1Api(api_client).create_namespaced_job(namespace, manifests.job(place, LOAD), dry_run="All")
    assert job.spec.backoff_limit == 0
    template = manifests.job(place, LOAD)["spec"]["template"]
    pod = {"metadata": {"generateName": "load-", **template["metadata"]}, "spec": template["spec"]}
    admitted = core.create_namespaced_pod(namespace, pod, dry_run="All")
    assert admitted.spec.node_selector == {"inference/node": "real"}
    assert [(each.ip, each.hostnames) for each in admitted.spec.host_aliases] == [
        ("10.96.0.7", ["digits.models.example"])
    ]
    template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    with pytest.raises(client.ApiException, match="violates PodSecurity"):
        core.create_namespaced_pod(namespace, pod, dry_run="All")
