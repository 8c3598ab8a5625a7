"""The Job that gives Elasticsearch its templates and lifecycles, before the first record comes."""

import json
from collections.abc import Mapping
from pathlib import Path

from pulumi_kubernetes import batch, core

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests.elastic import ELASTICSEARCH_PORT, ca_secret, service_host
from components.logging_stack.manifests.indices import requests
from components.metadata import REPLACED_WHEN_FAILED, configuration_digest, object_metadata, pod_metadata
from components.security import restricted_container, restricted_pod, scratch_mount, scratch_volume

_PROGRAM = (Path(__file__).parent.parent / "scripts" / "put_requests.py").read_text(encoding="utf-8")
_REQUESTS, _FOLDER, _CA, _USER = "requests.json", "/etc/requests", "/etc/elasticsearch-ca", "/etc/elasticsearch-user"
_RESOURCES = {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"}
_DEADLINE_SECONDS, _WAIT_SECONDS = 1800, 1500


def labels(name: str) -> Mapping[str, str]:
    """The labels of the Job's pod."""
    return {"app.kubernetes.io/name": f"{name}-setup", "app.kubernetes.io/component": "log-setup"}


def config_map(name: str, args: LoggingStackArgs) -> core.v1.ConfigMapInitArgs:
    """What is put, for the program."""
    metadata = object_metadata(_name(name, args), args.namespace, labels=labels(name))
    return core.v1.ConfigMapInitArgs(metadata=metadata, data=_files(args))


def _files(args: LoggingStackArgs) -> Mapping[str, str]:
    return {_REQUESTS: json.dumps(requests(args), indent=1)}


def _name(name: str, args: LoggingStackArgs) -> str:
    """A change is another Job: one that is done does nothing more."""
    return f"{name}-setup-{configuration_digest({**_files(args), 'program': _PROGRAM})[:10]}"


def job(name: str, args: LoggingStackArgs) -> batch.v1.JobInitArgs:
    """Done once Elasticsearch has taken all of it, for which it is waited."""
    pod = core.v1.PodSpecArgs(
        service_account_name=f"{name}-setup",
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        security_context=restricted_pod(),
        containers=[_container(name, args)],
        volumes=[
            _secret("ca", ca_secret(name)),
            _secret("user", args.logging.users.setup),
            core.v1.VolumeArgs(name="requests", config_map=core.v1.ConfigMapVolumeSourceArgs(name=_name(name, args))),
            scratch_volume(),
        ],
    )
    return batch.v1.JobInitArgs(
        metadata=object_metadata(
            _name(name, args), args.namespace, labels=labels(name), annotations=REPLACED_WHEN_FAILED
        ),
        spec=batch.v1.JobSpecArgs(
            backoff_limit=3,
            active_deadline_seconds=_DEADLINE_SECONDS,
            template=core.v1.PodTemplateSpecArgs(metadata=pod_metadata(labels(name)), spec=pod),
        ),
    )


def _container(name: str, args: LoggingStackArgs) -> core.v1.ContainerArgs:
    address = f"https://{service_host(name, args.logging.namespace)}:{ELASTICSEARCH_PORT}"
    mounts = {"ca": _CA, "user": _USER, "requests": _FOLDER}
    return core.v1.ContainerArgs(
        name="setup",
        image=args.tools_image,
        command=["python3", "-c", _PROGRAM],
        args=[address, f"{_FOLDER}/{_REQUESTS}", f"{_CA}/ca.crt", _USER, str(_WAIT_SECONDS)],
        resources=core.v1.ResourceRequirementsArgs(requests=_RESOURCES, limits=_RESOURCES),
        security_context=restricted_container(),
        volume_mounts=[
            *(core.v1.VolumeMountArgs(name=each, mount_path=path, read_only=True) for each, path in mounts.items()),
            scratch_mount(),
        ],
    )


def _secret(volume: str, secret: str) -> core.v1.VolumeArgs:
    return core.v1.VolumeArgs(name=volume, secret=core.v1.SecretVolumeSourceArgs(secret_name=secret))
