"""A model that requests call otherwise than the cluster: what has which name."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false

import json
from typing import Any

import pytest

from components.model_service.manifests import network
from components.model_service.runtimes import RUNTIMES
from settings import Exposure
from tests.components.model_service.served_models import server_container
from tests.components.models import GATEWAY, INGRESS, MODELS, RUNTIME_EXAMPLES, model, service_args
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING, manifests
from tests.components.sampled import SAMPLER_IMAGE

ASKED = "half_plus_two"
WATCHED: dict[str, Any] = {"monitoring": {**MONITORING, "dashboards": {}}}
VERIFIED = {"verification": {"schedule": "@daily", "image": f"registry.example/tools@sha256:{'4' * 64}"}}


def written(server: Any) -> str:
    """All that a server is told, and all that is asked of it."""
    probes = [each.http_get.path if each.http_get else each.exec_.command for each in vars(server.probes).values()]
    return "\n".join(map(str, (server.arguments, server.files, server.http_prefix, server.http_paths, probes)))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_nothing_that_a_server_is_told_or_asked_has_the_other_name(runtime: str) -> None:
    (of,) = service_args(model(**RUNTIME_EXAMPLES[runtime], served_name=ASKED)).served
    (plain,) = service_args(model(**RUNTIME_EXAMPLES[runtime])).served
    # The archive is a file of the version, whatever requests call the model.
    text = written(of.server).replace("mnist.mar", "ARCHIVE")
    assert "mnist" not in text
    assert text == written(plain.server).replace("mnist.mar", "ARCHIVE").replace("mnist", ASKED)
    assert of.server.needed_file == plain.server.needed_file


@pytest.mark.parametrize("kind", ["plain", "triton", "torchserve", "volume"])
def test_the_server_sees_the_files_by_the_one_name_and_they_lie_by_the_other(kind: str) -> None:
    """Such that no volume is filled again because of what requests call the model."""
    (of,) = service_args(model(**MODELS[kind], served_name=ASKED)).served
    (mount,) = (each for each in server_container(of).volume_mounts if each.name == "models")
    assert (mount.mount_path, mount.sub_path) == (f"/models/{ASKED}/1", "mnist/1")
    folders = {each.mount_path for each in server_container(of).volume_mounts if "configs" in each.mount_path}
    assert folders == ({f"/models/{ASKED}/configs"} if kind == "triton" else set())


def test_routes_and_addresses_have_the_name_of_requests_and_objects_keep_theirs() -> None:
    args = service_args(model(exposure=Exposure.GATEWAY, served_name=ASKED))
    first, *_ = network.route(args, GATEWAY)["rules"]
    assert first["matches"] == [{"path": {"type": "PathPrefix", "value": f"/v1/models/{ASKED}"}}]
    assert first["backendRefs"][0]["name"] == "mnist-v1"
    assert network.address(args, "models") == f"https://mnist.models.example/v1/models/{ASKED}"
    assert args.meshed.http_paths == tuple(f"/v1/models/{ASKED}{rest}" for rest in ("", "/*", ":*"))
    assert args.meshed.service == "mnist"
    exposed = service_args(model(exposure=Exposure.INGRESS, served_name=ASKED))
    ((path,),) = (rule.http.paths for rule in network.ingress(exposed, INGRESS).spec.rules)
    assert (path.path, path.backend.service.name) == (f"/v1/models/{ASKED}", "mnist")


def test_in_a_whole_stack_it_changes_what_is_asked_and_no_alert_query_or_object() -> None:
    """Metrics of servers have the name of requests: no query may tell models apart by it."""
    edits = {**WATCHED, **VERIFIED, "images": {"sampler": SAMPLER_IMAGE}, "models.0.sampling": {"percent": 10}}
    before, after = (
        {(each["kind"], each["metadata"]["name"]): each for each in manifests({**edits, **more})}
        for more in ({}, {"models.0.servedName": ASKED})
    )
    assert before.keys() == after.keys()
    changed = {key for key in before if after[key] != before[key]}
    assert changed == {
        *(("ConfigMap", f"mnist-v{number}-config") for number in (1, 2)),
        *(("Deployment", f"mnist-v{number}") for number in (1, 2)),
        ("HTTPRoute", "mnist"),
        ("Deployment", "mnist-sampler"),
        ("ConfigMap", "model-verification"),
    }
    verified = after["ConfigMap", "model-verification"]["data"]
    first = json.loads(verified["targets.json"])[0]
    assert (first["model"], first["rest"]) == (ASKED, "http://mnist-v1:8501")
    assert first["expect"] == "/expectations/mnist/1/assets.extra/verification.json"
    assert verified["versions"] == before["ConfigMap", "model-verification"]["data"]["versions"]
    (sampler,) = after["Deployment", "mnist-sampler"]["spec"]["template"]["spec"]["containers"]
    assert sampler["args"][:2] == ["--model=mnist", f"--served-name={ASKED}"]
