"""The sampler of a model and what it needs, as pure functions."""

from collections.abc import Mapping

from pulumi_kubernetes import apps, core, meta, networking

from components.accelerators import node_affinity
from components.metadata import (
    MODEL_SAMPLER,
    SKIP_AWAIT_ANNOTATION,
    object_metadata,
    pod_metadata,
    select,
)
from components.model_sampling.args import ModelSamplingArgs
from components.model_service.args import primary_version, server_labels
from components.model_service.manifests.copies import SAMPLER_GRPC_PORT, SAMPLER_PORT, sampler_name
from components.model_verification.manifests import fetch_script
from components.network_peers import scraper_peers, tcp_ports
from components.node_disk import node_disk
from components.object_storage import remote_environment, remote_path, storage_mounts, storage_volumes, to_storage
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

METRICS_PORT = 9090
METRICS_PATH, _HEALTH_PATH = "/metrics", "/healthz"
_REFERENCE = "assets.extra/reference_distribution.json"
_REFERENCE_DIRECTORY = "/reference"
_REFERENCE_VOLUME = "reference"
_REFERENCE_MEBIBYTES = 32
_VERSIONS_FILE = f"{SCRATCH_DIRECTORY}/versions"
# Without the list of the version's files, storage cannot be reached: the container fails, and is started again.
_IS_REACHED = 'cat "$EXPECTATIONS_DIRECTORY"/*/*/SHA256SUMS >/dev/null'
_STARTS_IN_SECONDS = 60
# A deployment does not wait for what clients do not need.
_NOT_AWAITED = {SKIP_AWAIT_ANNOTATION: "true"}


def reference_script(storage: Storage) -> str:
    """The script that copies the reference of the version that is compared."""
    return f'echo "$SAMPLED_VERSION" >"$VERSIONS_FILE"\n{fetch_script(_REFERENCE, storage)}{_IS_REACHED}\n'


def sampler_labels(model: str) -> Mapping[str, str]:
    """The labels of the sampler's pods and of its other objects."""
    return {"app.kubernetes.io/name": model, "app.kubernetes.io/component": MODEL_SAMPLER}


def _labels(args: ModelSamplingArgs) -> Mapping[str, str]:
    return sampler_labels(args.service.model.name)


def metadata(args: ModelSamplingArgs, annotations: Mapping[str, str] | None = None) -> meta.v1.ObjectMetaArgs:
    """The metadata of the sampler's objects."""
    name, namespace = sampler_name(args.service.model.name), args.service.namespace
    return object_metadata(name, namespace, labels=_labels(args), annotations=annotations)


def service(args: ModelSamplingArgs) -> core.v1.ServiceInitArgs:
    """Where copies go."""
    ports = [
        core.v1.ServicePortArgs(name=name, port=port, target_port=port, app_protocol=protocol)
        for name, port, protocol in (
            ("http", SAMPLER_PORT, "http"),
            ("grpc", SAMPLER_GRPC_PORT, "kubernetes.io/h2c"),
        )
    ]
    return core.v1.ServiceInitArgs(
        metadata=metadata(args, _NOT_AWAITED),
        spec=core.v1.ServiceSpecArgs(type="ClusterIP", selector=dict(_labels(args)), ports=ports),
    )


def own_policy(args: ModelSamplingArgs) -> networking.v1.NetworkPolicyInitArgs:
    """Copies in from where the model's requests come from, and scrapes; out to the model and to object storage."""
    served = args.service
    model = networking.v1.NetworkPolicyPeerArgs(pod_selector=select(server_labels(served.model)))
    scrapers = scraper_peers(None, served.monitoring)
    return networking.v1.NetworkPolicyInitArgs(
        metadata=metadata(args),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(_labels(args)),
            policy_types=["Ingress", "Egress"],
            ingress=[
                networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=[*profile_of(served.mesh).clients(served.meshed)],
                    ports=tcp_ports(SAMPLER_PORT, SAMPLER_GRPC_PORT),
                ),
                networking.v1.NetworkPolicyIngressRuleArgs(from_=scrapers, ports=tcp_ports(METRICS_PORT)),
            ],
            egress=[
                networking.v1.NetworkPolicyEgressRuleArgs(to=[model], ports=_model_ports(args)),
                *to_storage(served.storage),
            ],
        ),
    )


def model_policy(args: ModelSamplingArgs) -> networking.v1.NetworkPolicyInitArgs:
    """In to the model for the sampler, beside those that the model's exposure lets in."""
    sampler = networking.v1.NetworkPolicyPeerArgs(pod_selector=select(_labels(args)))
    name = f"{args.service.model.name}-sampled"
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata(name, args.service.namespace, labels=_labels(args)),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(server_labels(args.service.model)),
            policy_types=["Ingress"],
            ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=[sampler], ports=_model_ports(args))],
        ),
    )


def _model_ports(args: ModelSamplingArgs) -> list[networking.v1.NetworkPolicyPortArgs]:
    server = primary_version(args.service).server
    return tcp_ports(server.http_port, server.grpc_port)


def deployment(args: ModelSamplingArgs) -> apps.v1.DeploymentInitArgs:
    """One pod: with several, each would compare a part of the copies. What a restart forgets is a window."""
    return apps.v1.DeploymentInitArgs(
        metadata=metadata(args, _NOT_AWAITED),
        spec=apps.v1.DeploymentSpecArgs(
            replicas=1,
            selector=select(_labels(args)),
            template=_pod_template(args),
            revision_history_limit=5,
            strategy=apps.v1.DeploymentStrategyArgs(type="Recreate"),
        ),
    )


def _pod_template(args: ModelSamplingArgs) -> core.v1.PodTemplateSpecArgs:
    served, storage = primary_version(args.service), args.service.storage
    reference = core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{_REFERENCE_MEBIBYTES}Mi")
    version = {"app.kubernetes.io/version": str(served.version.version)}
    return core.v1.PodTemplateSpecArgs(
        metadata=pod_metadata({**_labels(args), **version}),
        spec=core.v1.PodSpecArgs(
            # It reads what the model's own pods read, and as they do.
            service_account_name=args.service.account_name,
            automount_service_account_token=False,
            enable_service_links=False,
            security_context=restricted_pod(),
            affinity=core.v1.AffinityArgs(node_affinity=node_affinity(None, args.service.built_for)),
            init_containers=[_fetch_container(args)],
            containers=[_sampler_container(args)],
            volumes=[
                core.v1.VolumeArgs(name=_REFERENCE_VOLUME, empty_dir=reference),
                *storage_volumes(storage, served.model.credentials_secret),
                scratch_volume(),
            ],
        ),
    )


def _fetch_container(args: ModelSamplingArgs) -> core.v1.ContainerArgs:
    """The reference and nothing else of the version, by the digest that the stack names; if there is none, none."""
    served = primary_version(args.service)
    model, version = served.model.name, served.version
    environment = {
        "HOME": SCRATCH_DIRECTORY,
        "EXPECTATIONS_DIRECTORY": _REFERENCE_DIRECTORY,
        "VERSIONS_FILE": _VERSIONS_FILE,
        "SAMPLED_VERSION": f"{model} {version.version} {remote_path(version.storage)} {version.sha256}",
        **remote_environment(args.service.storage, served.model.storage_role),
    }
    return core.v1.ContainerArgs(
        name="fetch-reference",
        image=args.service.fetcher_reference,
        command=["/bin/sh", "-eu", "-c", reference_script(args.service.storage)],
        env=[core.v1.EnvVarArgs(name=key, value=value) for key, value in environment.items()],
        resources=_resources(args),
        security_context=restricted_container(),
        volume_mounts=[_reference_mount(), *storage_mounts(args.service.storage), scratch_mount()],
    )


def _sampler_container(args: ModelSamplingArgs) -> core.v1.ContainerArgs:
    alive = core.v1.HTTPGetActionArgs(path=_HEALTH_PATH, port=METRICS_PORT)
    return core.v1.ContainerArgs(
        name=MODEL_SAMPLER,
        image=args.image,
        command=["python", "-m", "drift_sampler"],
        args=[f"--{option}={value}" for option, value in _options(args).items()],
        ports=[
            core.v1.ContainerPortArgs(name="http", container_port=SAMPLER_PORT),
            core.v1.ContainerPortArgs(name="grpc", container_port=SAMPLER_GRPC_PORT),
            core.v1.ContainerPortArgs(name="metrics", container_port=METRICS_PORT),
        ],
        startup_probe=core.v1.ProbeArgs(http_get=alive, period_seconds=2, failure_threshold=_STARTS_IN_SECONDS // 2),
        readiness_probe=core.v1.ProbeArgs(http_get=alive, period_seconds=5, timeout_seconds=3),
        # A sampler that hangs keeps the gateway's copies waiting: it is ended within a minute.
        liveness_probe=core.v1.ProbeArgs(http_get=alive, period_seconds=10, timeout_seconds=3, failure_threshold=3),
        resources=_resources(args),
        security_context=restricted_container(),
        volume_mounts=[_reference_mount(read_only=True), scratch_mount()],
    )


def _options(args: ModelSamplingArgs) -> Mapping[str, str | int]:
    served, sampling = primary_version(args.service), args.sampling
    asked_as = served.model.served_name
    return {
        "model": served.model.name,
        **({"served-name": asked_as} if asked_as else {}),
        "version": served.version.version,
        "address": f"http://{served.name}:{served.server.http_port}",
        "grpc-address": f"{served.name}:{served.server.grpc_port}",
        "protocol": protocol_of(served.model.runtime),
        "reference": f"{_REFERENCE_DIRECTORY}/{served.model.name}/{served.version.version}/{_REFERENCE}",
        "most-bytes": sampling.max_request_bytes,
        "window-seconds": sampling.window_seconds,
        "least-samples": sampling.minimum_samples,
        "port": SAMPLER_PORT,
        "grpc-port": SAMPLER_GRPC_PORT,
        "metrics-port": METRICS_PORT,
    }


def _resources(args: ModelSamplingArgs) -> core.v1.ResourceRequirementsArgs:
    disk = node_disk(_REFERENCE_MEBIBYTES, SCRATCH_MEBIBYTES)
    amounts = {"cpu": args.sampling.cpu, "memory": args.sampling.memory, **disk}
    return core.v1.ResourceRequirementsArgs(requests=amounts, limits=amounts)


def _reference_mount(*, read_only: bool = False) -> core.v1.VolumeMountArgs:
    return core.v1.VolumeMountArgs(name=_REFERENCE_VOLUME, mount_path=_REFERENCE_DIRECTORY, read_only=read_only)
