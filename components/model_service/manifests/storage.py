"""How a model's files reach its servers: copied from object storage and verified against the digest in the settings.

Without a volume every pod copies the model itself, in an init container. With a volume an import Job per version fills
it once, and the pods only check what they find. Either way a server starts on verified files or not at all.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pulumi_kubernetes import batch, core

from components.accelerators import node_affinity
from components.metadata import (
    DATA_CLASS_LABEL,
    MODEL_IMPORT,
    REPLACED_WHEN_FAILED,
    RESIDENCY_LABEL,
    RESTORED_FROM_ANNOTATION,
    object_metadata,
    pod_metadata,
)
from components.model_service.args import ModelServiceArgs, ServedVersion
from components.model_service.manifests.durations import import_limit_seconds
from components.model_service.manifests.resources import import_resources, init_resources
from components.model_service.runtimes.server import MODELS_DIRECTORY
from components.object_storage import (
    remote_environment,
    remote_path,
    remote_script,
    storage_mounts,
    storage_volumes,
)
from components.security import SCRATCH_DIRECTORY, restricted_container, restricted_pod, scratch_mount, scratch_volume
from components.service_mesh.profile import PodMarks
from components.service_mesh.profiles import profile_of
from settings import Model, Volume
from settings.cluster.storage.storage import Storage

_SCRIPTS = Path(__file__).parent.parent / "scripts"
_VERIFY = f"""\
VERIFY_SIGNATURE=$(cat <<'PROGRAM'
{(_SCRIPTS / "verify_signature.py").read_text(encoding="utf-8")}
PROGRAM
)
{(_SCRIPTS / "verify.sh").read_text(encoding="utf-8")}"""
_FETCH, _COPY = ((_SCRIPTS / name).read_text(encoding="utf-8") for name in ("fetch.sh", "copy.sh"))
VERIFY_SCRIPT = _VERIFY + 'verify_model "$MODEL_DIRECTORY"\n'

_VOLUME = "models"
_ATTEMPTS = 10
MODEL_REFUSED = 3
"""Exit code of a check that would fail again; see verify.sh."""
FILE_CHECKS = _FETCHED, _VERIFIED = "fetch-model", "verify-model"
"""The init containers that check a model's files."""


def fetch_script(storage: Storage) -> str:
    """The script that copies a version's files and verifies them."""
    return _VERIFY + _FETCH + remote_script(storage, has_refuse=True) + _COPY


def claim(args: ModelServiceArgs, volume: Volume) -> core.v1.PersistentVolumeClaimInitArgs:
    """The volume of the model's files, for a model that keeps them in one."""
    return core.v1.PersistentVolumeClaimInitArgs(
        metadata=object_metadata(
            _claim_name(args), args.namespace, labels=_claim_labels(args.model), annotations=_origin(args.model)
        ),
        spec=core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=[volume.access_mode],
            resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": volume.capacity}),
            storage_class_name=volume.storage_class,
        ),
    )


def _claim_labels(model: Model) -> dict[str, str]:
    data = {DATA_CLASS_LABEL: model.data.class_, RESIDENCY_LABEL: model.data.residency} if model.data else {}
    return {"app.kubernetes.io/name": model.name, **{label: value for label, value in data.items() if value}}


def _origin(model: Model) -> dict[str, str]:
    """Where the volume's files can be restored from: only the import Jobs write to it."""
    return {RESTORED_FROM_ANNOTATION: " ".join(version.storage for version in model.versions)}


def import_job(served: ServedVersion) -> batch.v1.JobInitArgs:
    """A Job that fills the volume with this version. Jobs are immutable: its name has a hash of what it imports."""
    version, warmup, script = served.version, served.server.warmup, fetch_script(served.args.storage)
    built_for, mesh = [*served.args.built_for], _mesh_marks(served)
    content = [version.storage, version.sha256, warmup, script, _signature_key(served), built_for]
    content += [_needed_file(served), *([dict(mesh.labels)] if mesh.labels else [])]
    fingerprint = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
    return batch.v1.JobInitArgs(
        metadata=object_metadata(
            f"{served.name}-import-{fingerprint}",
            served.args.namespace,
            labels=import_labels(served),
            annotations=REPLACED_WHEN_FAILED,
        ),
        spec=batch.v1.JobSpecArgs(
            # Each attempt goes on where the one before ended.
            backoff_limit=_ATTEMPTS,
            pod_failure_policy=_failure_policy(),
            active_deadline_seconds=import_limit_seconds(served),
            template=core.v1.PodTemplateSpecArgs(
                metadata=pod_metadata({**import_labels(served), **mesh.labels}, mesh.annotations),
                spec=core.v1.PodSpecArgs(
                    service_account_name=served.args.account_name,
                    automount_service_account_token=False,
                    enable_service_links=False,
                    restart_policy="Never",
                    security_context=restricted_pod(),
                    affinity=core.v1.AffinityArgs(node_affinity=node_affinity(None, served.args.built_for)),
                    containers=[_container(served, _fetch(served, MODEL_DURABLE=""), import_resources(served))],
                    volumes=[volume(served), *_storage_volumes(served), scratch_volume()],
                ),
            ),
        ),
    )


def _mesh_marks(served: ServedVersion) -> PodMarks:
    return profile_of(served.args.mesh).outside("It speaks to object storage alone, by TLS.")


def _failure_policy() -> batch.v1.PodFailurePolicyArgs:
    """A refused model is refused again; the loss of a pod, as where its node is drained, is no failed attempt."""
    refused = batch.v1.PodFailurePolicyOnExitCodesRequirementArgs(operator="In", values=[MODEL_REFUSED])
    lost = batch.v1.PodFailurePolicyOnPodConditionsPatternArgs(type="DisruptionTarget", status="True")
    return batch.v1.PodFailurePolicyArgs(
        rules=[
            batch.v1.PodFailurePolicyRuleArgs(action="FailJob", on_exit_codes=refused),
            batch.v1.PodFailurePolicyRuleArgs(action="Ignore", on_pod_conditions=[lost]),
        ]
    )


def import_labels(served: ServedVersion) -> dict[str, str]:
    """The labels of a version's import Job and its pods."""
    return {
        "app.kubernetes.io/name": served.model.name,
        "app.kubernetes.io/component": MODEL_IMPORT,
        "app.kubernetes.io/version": str(served.version.version),
    }


def volume(served: ServedVersion) -> core.v1.VolumeArgs:
    """The model's files as a pod volume: the claim, or an emptyDir that the pod fills itself."""
    if served.model.volume:
        source = core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=_claim_name(served.args))
        return core.v1.VolumeArgs(name=_VOLUME, persistent_volume_claim=source)
    directory = core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{served.model.copy_mebibytes}Mi")
    return core.v1.VolumeArgs(name=_VOLUME, empty_dir=directory)


def server_mount(served: ServedVersion) -> core.v1.VolumeMountArgs:
    """The files of this version as the server sees them.

    Only this version is mounted, so that a runtime which serves everything in a folder finds nothing else. The init
    containers mount the whole volume: they run first, and mounting a version that does not exist yet would create it.
    """
    model, number = served.model, served.version.version
    path = f"{MODELS_DIRECTORY}/{model.name_in_requests}/{number}"
    return core.v1.VolumeMountArgs(name=_VOLUME, mount_path=path, sub_path=f"{model.name}/{number}", read_only=True)


def volumes(served: ServedVersion) -> Sequence[core.v1.VolumeArgs]:
    """The volumes that :func:`init_containers` and :func:`server_mount` mount."""
    return [volume(served)] if served.model.volume else [volume(served), *_storage_volumes(served)]


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A script, and what it finds in its container beside what every script does."""

    name: str
    script: str
    environment: Mapping[str, str]
    mounts: Sequence[core.v1.VolumeMountArgs]


def init_containers(served: ServedVersion) -> Sequence[core.v1.ContainerArgs]:
    """What must succeed before the server of a pod starts."""
    task = _verification() if served.model.volume else _fetch(served)
    return [_container(served, task, init_resources(served))]


def _verification() -> _Task:
    return _Task(name=_VERIFIED, script=VERIFY_SCRIPT, environment={}, mounts=[_volume_mount(read_only=True)])


def _fetch(served: ServedVersion, **environment: str) -> _Task:
    storage, version = served.args.storage, served.version
    read_as = remote_environment(storage, served.model.storage_role)
    return _Task(
        name=_FETCHED,
        script=fetch_script(storage),
        environment={"MODEL_REMOTE": remote_path(version.storage), **read_as, **environment},
        mounts=[_volume_mount(read_only=False), *storage_mounts(storage)],
    )


def _volume_mount(*, read_only: bool) -> core.v1.VolumeMountArgs:
    return core.v1.VolumeMountArgs(name=_VOLUME, mount_path=MODELS_DIRECTORY, read_only=read_only or None)


def _container(served: ServedVersion, task: _Task, resources: Mapping[str, str]) -> core.v1.ContainerArgs:
    model = {
        "HOME": SCRATCH_DIRECTORY,
        "MODEL_DIRECTORY": f"{MODELS_DIRECTORY}/{served.model.name}/{served.version.version}",
        "MODEL_SOURCE": served.version.storage,
        "MODEL_SHA256": served.version.sha256,
        "MODEL_WARMUP": served.server.warmup,
        **_needed_file(served),
        **_signature_key(served),
        **task.environment,
    }
    return core.v1.ContainerArgs(
        name=task.name,
        image=served.args.fetcher_reference,
        command=["/bin/sh", "-eu", "-c", task.script],
        env=[core.v1.EnvVarArgs(name=key, value=value) for key, value in model.items()],
        resources=core.v1.ResourceRequirementsArgs(requests=resources, limits=resources),
        security_context=restricted_container(),
        # So that whoever waits for the pod reads why the model was refused.
        termination_message_policy="FallbackToLogsOnError",
        volume_mounts=[*task.mounts, scratch_mount()],
    )


def _signature_key(served: ServedVersion) -> Mapping[str, str]:
    """The keys that verify signatures. They are not in a ConfigMap, so that a new key also replaces the pods."""
    signing = served.args.signing
    return {"MODEL_SIGNATURE_KEY": signing.bundle} if signing else {}


def _needed_file(served: ServedVersion) -> Mapping[str, str]:
    return {"MODEL_NEEDED_FILE": served.server.needed_file} if served.server.needed_file else {}


def _storage_volumes(served: ServedVersion) -> Sequence[core.v1.VolumeArgs]:
    return storage_volumes(served.args.storage, served.model.credentials_secret)


def _claim_name(args: ModelServiceArgs) -> str:
    return f"{args.model.name}-models"
