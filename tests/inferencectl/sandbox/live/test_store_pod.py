"""The store as a pod on the real node: it serves what was published on the machine, and lets nobody write."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live.store import BUCKET, Store
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_manifests import (
    AUTHORITY_CONFIG_MAP,
    CREDENTIALS_SECRET,
    HOST,
    NAME,
    NAMESPACE,
    PORT,
    VOLUME,
)
from inferencectl.sandbox.live.store_pod import IMAGE, StorePod
from inferencectl.sandbox.live.store_process import StoreProcess
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.sandbox.live.conftest import silent
from tests.inferencectl.sandbox.live.test_store import client_of, refusal
from tests.real_node import Live, Manifest

pytestmark = pytest.mark.real_node

FOLDER = "store"
ENDPOINT = f"https://{HOST}:{PORT}"
ASK = f"""
import ssl, urllib.request as r
context = ssl.create_default_context(cafile="/authority/ca.crt")
try: print(r.urlopen({f"{ENDPOINT}/{BUCKET}"!r}, timeout=3, context=context).status)
except Exception as e: print(getattr(e, "code", type(getattr(e, "reason", e)).__name__))
"""


def asking(live: Live) -> Manifest:
    """A pod that can ask the store, and has no key."""
    pod = live.pod("asking", volumeMounts=[{"name": "authority", "mountPath": "/authority"}])
    volumes = [{"name": "authority", "configMap": {"name": AUTHORITY_CONFIG_MAP}}]
    return {**pod, "spec": {**pod["spec"], "volumes": volumes}}


def deployed(live: Live) -> str:
    """The generation of the Deployment, which every change of it raises."""
    where = (f"--namespace={NAMESPACE}", f"deployment/{NAME}")
    return live.kubectl.run("get", *where, "--output=jsonpath={.metadata.generation}")


@contextmanager
def forwarded(kubectl: Kubectl) -> Iterator[str]:
    """The address on this machine that leads to the pod."""
    command = [str(kubectl.executable), f"--kubeconfig={kubectl.kubeconfig}", f"--namespace={NAMESPACE}"]
    command += ["port-forward", f"deployment/{NAME}", f":{PORT}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
            assert found
            yield f"https://{found[0]}"
        finally:
            process.terminate()


@pytest.fixture
def files(live: Live) -> StoreFiles:
    made = StoreFiles(NodeDirectory(sandbox=live.kubectl.kubeconfig.parent).shared / FOLDER)
    made.ensure([HOST])
    return made


@pytest.fixture
def store_process(store_program: Path, live: Live, files: StoreFiles) -> Iterator[StoreProcess]:
    process = StoreProcess(directory=live.kubectl.kubeconfig.parent, files=files)
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def in_cluster(live: Live, files: StoreFiles) -> Iterator[Callable[[], None]]:
    """Run again, it changes nothing."""
    image = ensure_images((IMAGE,), silent)[IMAGE]
    live.node.import_images((image,), silent)
    pod = StorePod(files=files, folder=FOLDER, kubectl=live.kubectl)
    pod.ensure(image, live.namespace, silent)
    with pod.supplying(live.namespace):
        live.run("wait", "--for=create", f"configmap/{AUTHORITY_CONFIG_MAP}", "--timeout=30s")
    try:
        yield lambda: pod.ensure(image, live.namespace, silent)
    finally:
        live.kubectl.run("delete", "namespace", NAMESPACE)
        live.kubectl.run("delete", "persistentvolume", VOLUME)


@pytest.fixture
def store(store_process: StoreProcess) -> Store:
    return store_process.ensure(silent)


def test_it_serves_what_is_published_on_the_machine_and_lets_nobody_write(
    live: Live, store: Store, in_cluster: Callable[[], None]
) -> None:
    client_of(store).put_object(Bucket=BUCKET, Key="digits/1/model.py", Body=b"content")
    with forwarded(live.kubectl) as address:
        s3 = client_of(replace(store, endpoint=address))
        assert s3.get_object(Bucket=BUCKET, Key="digits/1/model.py")["Body"].read() == b"content"
        client_of(store).put_object(Bucket=BUCKET, Key="digits/2/model.py", Body=b"newer")
        assert s3.get_object(Bucket=BUCKET, Key="digits/2/model.py")["Body"].read() == b"newer"
        assert refusal(s3.put_object, Bucket=BUCKET, Key="digits/3/model.py", Body=b"bad") == "AccessDenied"
    generation = deployed(live)
    in_cluster()
    assert deployed(live) == generation


def test_pods_of_a_stack_reach_it_over_tls_and_those_of_others_do_not(
    live: Live, in_cluster: Callable[[], None]
) -> None:
    live.apply(asking(live))
    live.wait_for_pods("asking")
    assert live.python_in("asking", ASK) == "403"
    assert {"accessKeyId", "secretAccessKey"} == set(live.get(f"secret/{CREDENTIALS_SECRET}")["data"])
    strangers = replace(live, namespace=f"{live.namespace}-other")
    live.kubectl.run("create", "namespace", strangers.namespace)
    try:
        authority = live.get(f"configmap/{AUTHORITY_CONFIG_MAP}")
        names = {"name": AUTHORITY_CONFIG_MAP}
        strangers.apply({**{key: authority[key] for key in ("apiVersion", "kind", "data")}, "metadata": names})
        strangers.apply(asking(strangers))
        strangers.wait_for_pods("asking")
        assert strangers.python_in("asking", ASK) in ("TimeoutError", "ConnectionRefusedError")
    finally:
        live.kubectl.run("delete", "namespace", strangers.namespace, "--wait=false")


@pytest.mark.usefixtures("in_cluster")
def test_its_image_has_not_even_a_shell(live: Live) -> None:
    with pytest.raises(SandboxError, match="no such file"):
        live.kubectl.run(f"--namespace={NAMESPACE}", "exec", f"deployment/{NAME}", "--", "/bin/sh", "-c", "true")
