"""The CronJob of a stack's verification and what it needs, as pure functions."""

import json
from collections.abc import Mapping
from pathlib import Path

from pulumi_kubernetes import batch, core, networking

from components.accelerators import node_affinity
from components.identity import account_of
from components.metadata import MODEL_SERVER, MODEL_VERIFICATION, object_metadata, pod_metadata, select
from components.model_service.args import ServedVersion
from components.model_verification.args import ModelVerificationArgs
from components.network_peers import tcp_ports
from components.node_disk import node_disk
from components.object_storage import (
    remote_environment,
    remote_path,
    remote_script,
    storage_mounts,
    storage_volumes,
    to_storage,
)
from components.security import (
    SCRATCH_DIRECTORY,
    SCRATCH_MEBIBYTES,
    restricted_container,
    restricted_pod,
    scratch_mount,
    scratch_volume,
)
from components.service_mesh.profiles import profile_of
from settings import protocol_of
from settings.cluster.storage.storage import Storage

_SCRIPTS = Path(__file__).parent / "scripts"
_EXPECTATION_SCRIPT, _EVERY_VERSION = (
    (_SCRIPTS / name).read_text(encoding="utf-8") for name in ("expectation.sh", "every_version.sh")
)

TARGETS_FILE = "targets.json"
VERSIONS_FILE = "versions"
EXPECTATIONS_DIRECTORY = "/expectations"
_CONFIGURATION_DIRECTORY = "/etc/verification"
_EXPECTATION = "assets.extra/verification.json"
_CONFIGURATION_VOLUME = "configuration"
_EXPECTATIONS_VOLUME = "expectations"
_EXPECTATIONS_MEBIBYTES = 256
_RESOURCES = {"cpu": "250m", "memory": "256Mi", **node_disk(_EXPECTATIONS_MEBIBYTES, SCRATCH_MEBIBYTES)}
_DEADLINE_SECONDS = 900
_SERVERS = {"app.kubernetes.io/component": MODEL_SERVER}


def fetch_script(document: str, storage: Storage) -> str:
    """A script that copies one file of each version, and nothing else of it."""
    return _EXPECTATION_SCRIPT.replace("DOCUMENT", document) + remote_script(storage) + _EVERY_VERSION


def service_account(name: str, args: ModelVerificationArgs) -> core.v1.ServiceAccountInitArgs:
    """An identity that may do nothing."""
    return account_of(object_metadata(name, args.namespace, labels=labels(name)), args.pull_secrets)


def labels(name: str) -> Mapping[str, str]:
    """The labels of the verification's pods and of its other objects."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/component": MODEL_VERIFICATION}


def config_map(name: str, args: ModelVerificationArgs) -> core.v1.ConfigMapInitArgs:
    """What is verified, for ``python -m verification --targets``, and where it was published, for the script."""
    targets = [_target(served) for served in args.versions]
    lines = [
        f"{served.model.name} {served.version.version} {remote_path(served.version.storage)} {served.version.sha256}\n"
        for served in args.versions
    ]
    return core.v1.ConfigMapInitArgs(
        metadata=object_metadata(name, args.namespace, labels=labels(name)),
        data={TARGETS_FILE: json.dumps(targets, indent=1), VERSIONS_FILE: "".join(lines)},
    )


def _target(served: ServedVersion) -> dict[str, str | int]:
    """A version at its own Service, whose short name is known in the namespace."""
    return {
        "model": served.model.name_in_requests,
        "version": served.version.version,
        "rest": f"http://{served.name}:{served.server.http_port}",
        "grpc": f"grpc://{served.name}:{served.server.grpc_port}",
        "protocol": protocol_of(served.model.runtime),
        "expect": f"{EXPECTATIONS_DIRECTORY}/{served.model.name}/{served.version.version}/{_EXPECTATION}",
    }


def own_policy(name: str, args: ModelVerificationArgs) -> networking.v1.NetworkPolicyInitArgs:
    """Out to the models and to object storage; nothing in."""
    servers = networking.v1.NetworkPolicyPeerArgs(pod_selector=select(_SERVERS))
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata(name, args.namespace, labels=labels(name)),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(labels(name)),
            policy_types=["Ingress", "Egress"],
            egress=[
                networking.v1.NetworkPolicyEgressRuleArgs(to=[servers], ports=tcp_ports(*_ports(args))),
                *to_storage(args.storage),
            ],
        ),
    )


def servers_policy(name: str, args: ModelVerificationArgs) -> networking.v1.NetworkPolicyInitArgs:
    """In to the models for the verification's pods, beside those that a model's exposure lets in."""
    verifier = networking.v1.NetworkPolicyPeerArgs(pod_selector=select(labels(name)))
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata(f"{name}-servers", args.namespace, labels=labels(name)),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(_SERVERS),
            policy_types=["Ingress"],
            ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=[verifier], ports=tcp_ports(*_ports(args)))],
        ),
    )


def _ports(args: ModelVerificationArgs) -> list[int]:
    return sorted({port for served in args.versions for port in (served.server.http_port, served.server.grpc_port)})


def cron_job(name: str, args: ModelVerificationArgs) -> batch.v1.CronJobInitArgs:
    """The scheduled verification; runs never overlap."""
    return batch.v1.CronJobInitArgs(
        metadata=object_metadata(name, args.namespace, labels=labels(name)),
        spec=batch.v1.CronJobSpecArgs(
            schedule=args.verification.schedule,
            time_zone="Etc/UTC",
            concurrency_policy="Forbid",
            # A run that a busy cluster could not start is skipped: the next one checks the same.
            starting_deadline_seconds=_DEADLINE_SECONDS,
            successful_jobs_history_limit=1,
            failed_jobs_history_limit=3,
            job_template=batch.v1.JobTemplateSpecArgs(
                spec=batch.v1.JobSpecArgs(
                    # What it finds is found again the next time; a second try would only hide that it comes and goes.
                    backoff_limit=0,
                    active_deadline_seconds=_DEADLINE_SECONDS,
                    template=_pod_template(name, args),
                )
            ),
        ),
    )


def _pod_template(name: str, args: ModelVerificationArgs) -> core.v1.PodTemplateSpecArgs:
    configuration = core.v1.ConfigMapVolumeSourceArgs(name=name)
    expectations = core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{_EXPECTATIONS_MEBIBYTES}Mi")
    mesh = profile_of(args.mesh).inside(args.mesh, storage_ports=args.storage.ports)
    return core.v1.PodTemplateSpecArgs(
        metadata=pod_metadata({**labels(name), **mesh.labels}, mesh.annotations),
        spec=core.v1.PodSpecArgs(
            service_account_name=name,
            automount_service_account_token=False,
            enable_service_links=False,
            restart_policy="Never",
            security_context=restricted_pod(),
            affinity=core.v1.AffinityArgs(node_affinity=node_affinity(None, args.verification.architectures)),
            init_containers=[_fetch_container(args)],
            containers=[_verify_container(args)],
            volumes=[
                core.v1.VolumeArgs(name=_CONFIGURATION_VOLUME, config_map=configuration),
                core.v1.VolumeArgs(name=_EXPECTATIONS_VOLUME, empty_dir=expectations),
                *storage_volumes(args.storage),
                scratch_volume(),
            ],
        ),
    )


def _fetch_container(args: ModelVerificationArgs) -> core.v1.ContainerArgs:
    environment = {
        "HOME": SCRATCH_DIRECTORY,
        "EXPECTATIONS_DIRECTORY": EXPECTATIONS_DIRECTORY,
        "VERSIONS_FILE": f"{_CONFIGURATION_DIRECTORY}/{VERSIONS_FILE}",
        **remote_environment(args.storage),
    }
    return core.v1.ContainerArgs(
        name="fetch-expectations",
        image=args.fetcher_image,
        command=["/bin/sh", "-eu", "-c", fetch_script(_EXPECTATION, args.storage)],
        env=[core.v1.EnvVarArgs(name=key, value=value) for key, value in environment.items()],
        resources=core.v1.ResourceRequirementsArgs(requests=_RESOURCES, limits=_RESOURCES),
        security_context=restricted_container(),
        volume_mounts=[_configuration_mount(), _expectations_mount(), *storage_mounts(args.storage), scratch_mount()],
    )


def _verify_container(args: ModelVerificationArgs) -> core.v1.ContainerArgs:
    bound = args.verification.latency_p95_milliseconds
    return core.v1.ContainerArgs(
        name="verify",
        image=args.tools_image,
        command=["python3", "-m", "verification"],
        args=[
            f"--targets={_CONFIGURATION_DIRECTORY}/{TARGETS_FILE}",
            f"--calls={args.verification.calls}",
            *([f"--latency-milliseconds={bound}"] if bound else []),
        ],
        resources=core.v1.ResourceRequirementsArgs(requests=_RESOURCES, limits=_RESOURCES),
        security_context=restricted_container(),
        volume_mounts=[_configuration_mount(), _expectations_mount(read_only=True), scratch_mount()],
    )


def _configuration_mount() -> core.v1.VolumeMountArgs:
    return core.v1.VolumeMountArgs(name=_CONFIGURATION_VOLUME, mount_path=_CONFIGURATION_DIRECTORY, read_only=True)


def _expectations_mount(*, read_only: bool = False) -> core.v1.VolumeMountArgs:
    return core.v1.VolumeMountArgs(name=_EXPECTATIONS_VOLUME, mount_path=EXPECTATIONS_DIRECTORY, read_only=read_only)
