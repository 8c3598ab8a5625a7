"""Models of the live stack whose files an import Job brings into a volume, under load.

A request that is lost is one too many, also where an import is refused or killed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from components.model_service.runtimes.triton import HTTP_PORT
from inferencectl.sandbox.live import store_manifests
from inferencectl.sandbox.node.local_volumes import CLASS
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.stack_nodes import LIVE
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.live.under_load import Pod, UnderLoad, assert_nothing_lost, soon_after
from tests.waiting import soon

pytestmark = pytest.mark.slow("files are imported and verified by several pods under load")

IMPORTS = "app.kubernetes.io/component=model-import"
VOLUME = {"capacity": "100Mi", "protect": False, "whenDeleted": "Delete"}
"""Of the class that the stack file of the live stack has for all models."""

REACHED = """
import json, socket, sys, time
# The node may learn a moment later that the pod's own address is one of those that a policy is about.
time.sleep(3)
def reached(address):
    host, port = address.split(":")
    try: socket.create_connection((host, int(port)), timeout=3).close()
    except OSError: return False
    return True
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
kept = {name: status[name].strip() for name in ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")}
try: open("/written", "w")
except OSError as error: kept["root"] = error.strerror
print(json.dumps([{address: reached(address) for address in sys.argv[1:]}, kept]))
"""
STORE = f"{store_manifests.HOST}:{store_manifests.PORT}"
PLACES = (STORE, f"digits:{HTTP_PORT}", "kubernetes.default:443")
CONFINED = {
    "Uid": "10001\t10001\t10001\t10001",
    "CapEff": "0" * 16,
    "CapBnd": "0" * 16,
    "NoNewPrivs": "1",
    "Seccomp": "2",
    "root": "Read-only file system",
}


@pytest.fixture(scope="module")
def filled(under_load: UnderLoad) -> Iterator[tuple[UnderLoad, Path]]:
    """The model with a volume that `up` has made and an import has filled, and the directory of all volumes."""
    directory = NodeDirectory(sandbox=under_load.live.checkout.project.cluster_directory(LIVE)).volumes
    under_load.deploy()
    under_load.settle()
    soon(lambda: server_reaches_the_store(under_load), "a server whose pod brings its own files reaches the store")
    assert not list(directory.iterdir())
    with under_load.counted() as window:
        under_load.write(volume=VOLUME)
        up = under_load.live.run("up")
        assert up.code == 0, up.err
        under_load.settle()
    yield under_load, directory
    with under_load.counted() as back:
        under_load.deploy()
        under_load.settle()
    soon(lambda: not list(directory.iterdir()), "the volume is gone with the setting")
    assert_nothing_lost(window, back)


def server_reaches_the_store(of: UnderLoad) -> bool:
    pod = of.ready()[0]["metadata"]["name"]
    return json.loads(of.in_namespace("exec", pod, "--", "python3", "-c", REACHED, STORE))[0][STORE]


def jobs(of: UnderLoad) -> Mapping[str, Any]:
    """The import Jobs by the version that they import."""
    found = of.live.get("jobs", f"--selector={IMPORTS}")["items"]
    return {job["metadata"]["labels"]["app.kubernetes.io/version"]: job for job in found}


def importing(of: UnderLoad) -> list[Pod]:
    pods = of.live.get("pods", f"--selector={IMPORTS}")["items"]
    return [pod for pod in pods if pod["status"]["phase"] == "Running"]


def processes(pod: Pod) -> list[psutil.Process]:
    """The processes of a pod's container, which runs a shell."""
    found = []
    for each in psutil.process_iter(["name"]):
        with suppress(OSError, psutil.Error):
            cgroup = Path(f"/proc/{each.pid}/cgroup").read_text().replace("_", "-")
            if pod["metadata"]["uid"] in cgroup and each.info["name"] not in {"pause", "catatonit"}:
                found.append(each)
    return found


@contextmanager
def deploying(of: UnderLoad, versions: Sequence[Mapping[str, object]]) -> Iterator[None]:
    """Something else is done while the model is deployed, which must succeed."""
    failures: list[SandboxError] = []

    def deploy() -> None:
        try:
            of.deploy(versions, volume=VOLUME)
        except SandboxError as error:
            failures.append(error)

    thread = Thread(target=deploy)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert not failures


Filled = tuple[UnderLoad, Path]


def test_an_import_fills_the_volume_and_the_pods_verify_what_they_find(filled: Filled) -> None:
    stage, directory = filled
    (folder,) = directory.iterdir()
    number = str(stage.versions[0]["version"])
    assert (folder / "digits" / number / "SHA256SUMS").exists()
    claim = stage.live.get("pvc", "digits-models")
    assert (claim["status"]["phase"], claim["spec"]["storageClassName"]) == ("Bound", CLASS)
    for pod in stage.ready():
        assert [each["name"] for each in pod["spec"]["initContainers"]] == ["verify-model"]
        log = stage.in_namespace("logs", pod["metadata"]["name"], "--container=verify-model")
        assert "model verified" in log


def test_an_import_reaches_the_storage_alone_and_servers_with_a_volume_do_not(filled: Filled) -> None:
    stage, _ = filled
    soon(lambda: not server_reaches_the_store(stage), "a server with a volume does not reach the store")
    (job,) = jobs(stage).values()
    template = job["spec"]["template"]
    labels = {name: value for name, value in template["metadata"]["labels"].items() if "job" not in name}
    (container,) = template["spec"]["containers"]
    # What the Job runs, but for the command.
    container |= {"command": ["python3", "-c", REACHED], "args": list(PLACES)}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "as-an-import", "namespace": job["metadata"]["namespace"], "labels": labels},
        "spec": {**template["spec"], "restartPolicy": "Never", "containers": [container]},
    }
    stage.live.kubectl.apply_objects([pod])
    try:
        soon_after(lambda: stage.live.get("pod", "as-an-import")["status"]["phase"] == "Succeeded", "it has tried")
        reached, confined = json.loads(stage.in_namespace("logs", "as-an-import"))
    finally:
        stage.in_namespace("delete", "pod", "as-an-import")
    assert reached == {address: address == STORE for address in PLACES}
    assert confined == CONFINED


def test_a_refused_import_is_told_and_the_version_before_goes_on(filled: Filled) -> None:
    stage, _ = filled
    first, second = stage.versions
    with stage.counted() as window, pytest.raises(SandboxError) as caught:
        stage.deploy([{**second, "sha256": "0" * 64}], volume=VOLUME)
    assert "model refused: SHA256SUMS has SHA-256" in caught.value.message
    # At the first attempt: nothing waits for others that end the same.
    assert jobs(stage)[str(second["version"])]["status"]["failed"] == 1
    assert window.report.versions == {str(first["version"])}
    assert_nothing_lost(window)


def test_an_import_that_is_killed_goes_on_and_brings_a_version_beside_the_first(filled: Filled) -> None:
    stage, directory = filled
    first, second = stage.versions
    numbers = [str(each["version"]) for each in stage.versions]
    with stage.counted() as window:
        with deploying(stage, [{**first, "weight": 0}, {**second, "weight": 100}]):
            (pod,) = soon(lambda: [each for each in importing(stage) if processes(each)], "the import runs")
            for process in processes(pod):
                with suppress(psutil.Error):
                    process.kill()
        stage.settle(4)
        soon(lambda: numbers[1] in stage.load.report(window.begin).versions, "the new version answers")
    assert jobs(stage).keys() == set(numbers)
    assert all(job["status"]["succeeded"] == 1 for job in jobs(stage).values())
    # A pod that is killed fails, and another one goes on.
    assert jobs(stage)[numbers[1]]["status"]["failed"] == 1
    (folder,) = directory.iterdir()
    assert {path.name for path in (folder / "digits").iterdir() if path.name in numbers} == set(numbers)
    assert window.report.versions == set(numbers)
    assert_nothing_lost(window)


def test_a_storage_class_that_does_not_exist_is_refused_before_anything_is_changed(stage: UnderLoad) -> None:
    file = stage.live.checkout.project.stack_file(LIVE)
    before = file.read_text()
    stage.write(volume={**VOLUME, "storageClass": "fastest"})
    try:
        done = stage.live.run("up")
    finally:
        file.write_text(before)
    assert (done.code, done.is_plain) == (BAD_INPUT, True)
    assert "digits-models: the cluster has no storage class fastest" in done.err
    assert CLASS in done.err.rpartition("one of the classes")[2]
    assert not stage.live.get("pvc")["items"]
