"""How much longer does a pod take to fetch and verify a model of 1 GiB than to copy it?

Both run in one pod of the live stack, with the image, the environment and the volumes that the init container of the
digits model has; only the model is another one, and the CPU is that of the smallest class with the memory for it. The
first runs the init container's own script, which checks every file's SHA-256 and the signature. The other copies the
same files from the same store with rclone as it is by default, and computes no SHA-256. The order alternates; the best
times are compared, because other work on the machine can only make a run slower.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figure import Figure
from benchmarks.large_model import written
from benchmarks.live_server import LiveServer, live_server
from components.model_service.manifests.storage import fetch_script
from components.model_service.runtimes.server import MODELS_DIRECTORY
from components.object_storage import remote_path
from inferencectl.live_load import MODEL
from inferencectl.live_stack import LiveStack
from inferencectl.sandbox.live.model_registry import PublishedVersion
from inferencectl.session import TRAINING_PYTHON
from settings import BUILT_IN_CLASSES, ObjectStorage

FILES = 4
MEBIBYTES = 1024
ROUNDS = 3
OVER_PLAIN = 1.3
CPUS = BUILT_IN_CLASSES["medium"].cpu
NAME = "pull-verify"
FETCH, COPY = "fetch and verify", "plain copy"
COPY_SCRIPT = """
export RCLONE_CONFIG_STORAGE_ACCESS_KEY_ID="$(cat "$CREDENTIALS_DIRECTORY/accessKeyId")"
export RCLONE_CONFIG_STORAGE_SECRET_ACCESS_KEY="$(cat "$CREDENTIALS_DIRECTORY/secretAccessKey")"
rclone copy "$MODEL_REMOTE" "$MODEL_DIRECTORY" --config ""
"""
_STORAGE = ObjectStorage(credentials_secret="model-storage", cidrs=("192.0.2.0/24",))  # noqa: S106 - its name
SCRIPTS: Mapping[str, str] = {FETCH: fetch_script(_STORAGE), COPY: COPY_SCRIPT}
_TIMED = """
rm -rf "$MODEL_DIRECTORY"
sync
begin=$(date +%s%N)
(
{script}
)
echo "$(($(date +%s%N) - begin))"
"""
_VOLUME_MEBIBYTES = 4 * MEBIBYTES
_READY_SECONDS = 60
_LABELS = {"app.kubernetes.io/name": NAME}


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Publish a model of 1 GiB in the live stack's store, and fetch it alternately with and without verification."""
    with live_server(progress) as live, TemporaryDirectory() as directory:
        version = _published(live, Path(directory), progress)
        (pod,) = live.settled(1)
        for manifest in (manifest_of(pod, version), _policy(live)):
            live.kubectl.apply(json.dumps(manifest), f"--namespace={pod['metadata']['namespace']}")
        live.in_namespace("wait", "--for=condition=Ready", f"pod/{NAME}", f"--timeout={_READY_SECONDS}s")
        rounds = [_round(live, number, progress) for number in range(ROUNDS)]
    yield compared(rounds)


def compared(rounds: Sequence[Mapping[str, float]]) -> Figure:
    """The best time of the platform's fetch in relation to that of the copy; in seconds."""
    ours, floor = (min(each[name] for each in rounds) for name in (FETCH, COPY))
    return Figure(
        name=f"{FETCH} {MEBIBYTES:,} MiB in a pod, compared to a {COPY}",
        value=ours / floor,
        bound=OVER_PLAIN,
        unit="x",
        detail=f"{ours:.1f} and {floor:.1f} s, best of {len(rounds)} rounds, with {CPUS} CPUs",
    )


def manifest_of(pod: Mapping[str, Any], version: PublishedVersion) -> Mapping[str, Any]:
    """A pod whose container is as the init container of ``pod``, for another ``version``, and waits for commands."""
    (init,) = pod["spec"]["initContainers"]
    changed = {
        "MODEL_DIRECTORY": f"{MODELS_DIRECTORY}/{version.name}/{version.version}",
        "MODEL_SOURCE": version.storage,
        "MODEL_REMOTE": remote_path(version.storage),
        "MODEL_SHA256": version.sha256,
    }
    variables = {each["name"]: each.get("value", "") for each in init["env"]} | changed
    limits = {**init["resources"]["limits"], "cpu": CPUS, "ephemeral-storage": f"{_VOLUME_MEBIBYTES}Mi"}
    container = {
        **{key: init[key] for key in ("image", "securityContext", "volumeMounts")},
        "name": NAME,
        "command": ["sleep", "infinity"],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        # A machine with two processors has no two left to request.
        "resources": {"requests": init["resources"]["requests"], "limits": limits},
    }
    mounted = {each["name"] for each in init["volumeMounts"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "labels": _LABELS},
        "spec": {
            "serviceAccountName": pod["spec"]["serviceAccountName"],
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": pod["spec"]["securityContext"],
            "containers": [container],
            "volumes": [_roomy(each) for each in pod["spec"]["volumes"] if each["name"] in mounted],
        },
    }


def _policy(live: LiveServer) -> Mapping[str, Any]:
    """The way to the store, as the digits model has it."""
    of_model = json.loads(live.in_namespace("get", f"networkpolicy/{MODEL}", "--output=json"))["spec"]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": NAME},
        "spec": {
            "podSelector": {"matchLabels": _LABELS},
            "policyTypes": ["Ingress", "Egress"],
            "egress": of_model["egress"],
        },
    }


def _roomy(volume: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**volume, "emptyDir": {"sizeLimit": f"{_VOLUME_MEBIBYTES}Mi"}} if "emptyDir" in volume else volume


def _published(live: LiveServer, directory: Path, progress: Callable[[str], None]) -> PublishedVersion:
    model = written(directory / NAME, FILES, MEBIBYTES, progress)
    stack = LiveStack(sandbox=live.sandbox, training_python=live.checkout.root / TRAINING_PYTHON)
    return stack.registry(progress).publish(NAME, model, progress)


def _round(live: LiveServer, number: int, progress: Callable[[str], None]) -> Mapping[str, float]:
    seconds = {}
    for name in sorted(SCRIPTS, reverse=number % 2 == 0):
        progress(f"{name}, round {number + 1} of {ROUNDS}")
        script = _TIMED.format(script=SCRIPTS[name])
        done = live.in_namespace("exec", NAME, "--", "/bin/sh", "-eu", "-c", script)
        seconds[name] = int(done.splitlines()[-1]) / 1e9
    return seconds
