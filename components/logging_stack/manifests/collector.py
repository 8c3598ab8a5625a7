"""The collector: a Fluentd on every node, what it may read, and the file that it is configured by.

It is root on its node, as the kubelet's logs are root's alone, without one capability, and writes to one directory.
"""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import apps, core, rbac

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests.directive import text
from components.logging_stack.manifests.elastic import ca_secret
from components.logging_stack.manifests.outputs import CA_DIRECTORY, STATE_DIRECTORY
from components.logging_stack.manifests.pipeline import FOLDER, METRICS_PORT, RULES_NAME, pipeline
from components.metadata import (
    API_TOKEN_REASON,
    CONFIGURATION_DIGEST_ANNOTATION,
    NODE_AGENT,
    configuration_digest,
    object_metadata,
    pod_metadata,
    select,
)
from components.security import scratch_mount, scratch_volume
from privacy.masking import COLLECTOR_FILES, narrowed
from settings.cluster.log_masking import plain_name

_FILE = "fluent.conf"
_LOGS = "/var/log"
_READ = ["get", "list", "watch"]
_GROUP = "rbac.authorization.k8s.io"
_PROBE = core.v1.ProbeArgs(
    http_get=core.v1.HTTPGetActionArgs(path="/metrics", port=METRICS_PORT), period_seconds=20, timeout_seconds=10
)


def labels(name: str) -> Mapping[str, str]:
    """The labels that select the collector's pods."""
    return {"app.kubernetes.io/name": f"{name}-collector", "app.kubernetes.io/component": NODE_AGENT}


def config_map(name: str, args: LoggingStackArgs) -> core.v1.ConfigMapInitArgs:
    """The collector's configuration, and what masks by which rules."""
    return core.v1.ConfigMapInitArgs(
        metadata=object_metadata(f"{name}-collector", args.namespace, labels=labels(name)), data=_files(name, args)
    )


def _files(name: str, args: LoggingStackArgs) -> Mapping[str, str]:
    masking = args.logging.masking
    return {
        _FILE: text(pipeline(name, args.logging.namespace, args)),
        RULES_NAME: narrowed(masking.patterns, [plain_name(each) for each in masking.fields]),
        **{each.name: each.read_text(encoding="utf-8") for each in COLLECTOR_FILES},
    }


def pod_reader(name: str, args: LoggingStackArgs) -> rbac.v1.ClusterRoleInitArgs:
    """To say whose a line is, of whatever namespace its pod is."""
    rule = rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["namespaces", "pods"], verbs=_READ)
    return rbac.v1.ClusterRoleInitArgs(metadata=object_metadata(_cluster_name(name, args)), rules=[rule])


def pod_reader_binding(name: str, args: LoggingStackArgs) -> rbac.v1.ClusterRoleBindingInitArgs:
    """The collector's account has that right, and no other."""
    account = rbac.v1.SubjectArgs(kind="ServiceAccount", name=f"{name}-collector", namespace=args.namespace)
    role = rbac.v1.RoleRefArgs(api_group=_GROUP, kind="ClusterRole", name=_cluster_name(name, args))
    metadata = object_metadata(_cluster_name(name, args))
    return rbac.v1.ClusterRoleBindingInitArgs(metadata=metadata, role_ref=role, subjects=[account])


def _cluster_name(name: str, args: LoggingStackArgs) -> str:
    return f"{args.logging.namespace}-{name}-collector"


def daemon_set(name: str, args: LoggingStackArgs) -> apps.v1.DaemonSetInitArgs:
    """A pod on every node, whatever taints it has: what a node says while it fails is wanted most."""
    annotations = {
        CONFIGURATION_DIGEST_ANNOTATION: configuration_digest(_files(name, args)),
        API_TOKEN_REASON: "It asks whose the lines are that it reads.",
    }
    pod = core.v1.PodSpecArgs(
        service_account_name=f"{name}-collector",
        automount_service_account_token=True,
        enable_service_links=False,
        priority_class_name="system-node-critical",
        # What it has read is on disk within a second; there is nothing that it has to send before it ends.
        termination_grace_period_seconds=30,
        security_context=core.v1.PodSecurityContextArgs(
            run_as_user=0, seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault")
        ),
        tolerations=[core.v1.TolerationArgs(operator="Exists")],
        containers=[_container(args)],
        volumes=[*_volumes(name), scratch_volume()],
    )
    update = apps.v1.RollingUpdateDaemonSetArgs(max_unavailable="10%")
    return apps.v1.DaemonSetInitArgs(
        metadata=object_metadata(f"{name}-collector", args.namespace, labels=labels(name)),
        spec=apps.v1.DaemonSetSpecArgs(
            selector=select(labels(name)),
            update_strategy=apps.v1.DaemonSetUpdateStrategyArgs(type="RollingUpdate", rolling_update=update),
            template=core.v1.PodTemplateSpecArgs(metadata=pod_metadata(labels(name), annotations), spec=pod),
        ),
    )


def _container(args: LoggingStackArgs) -> core.v1.ContainerArgs:
    logging = args.logging
    resources = {"cpu": logging.collector.cpu, "memory": logging.collector.memory}
    mounts = {"configuration": FOLDER, "ca": CA_DIRECTORY, "logs": _LOGS}
    return core.v1.ContainerArgs(
        name="collector",
        image=logging.images.collector,
        # The image's own script would add what its client needs of Ruby, and take another file.
        command=["tini", "--", "fluentd"],
        args=[f"--config={FOLDER}/{_FILE}", f"--plugin={FOLDER}", "--gemfile=/fluentd/Gemfile"],
        env=[
            _from_secret("ELASTICSEARCH_USER", logging.users.collector, "username"),
            _from_secret("ELASTICSEARCH_PASSWORD", logging.users.collector, "password"),
            core.v1.EnvVarArgs(name="K8S_NODE_NAME", value_from=_of_pod("spec.nodeName")),
        ],
        ports=[core.v1.ContainerPortArgs(name="metrics", container_port=METRICS_PORT)],
        liveness_probe=_PROBE,
        readiness_probe=_PROBE,
        startup_probe=core.v1.ProbeArgs(http_get=_PROBE.http_get, period_seconds=5, failure_threshold=24),
        resources=core.v1.ResourceRequirementsArgs(requests=resources, limits=resources),
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
            privileged=False,
            read_only_root_filesystem=True,
        ),
        volume_mounts=[
            *(core.v1.VolumeMountArgs(name=each, mount_path=path, read_only=True) for each, path in mounts.items()),
            core.v1.VolumeMountArgs(name="state", mount_path=STATE_DIRECTORY),
            scratch_mount(),
        ],
    )


def _volumes(name: str) -> list[core.v1.VolumeArgs]:
    state = core.v1.HostPathVolumeSourceArgs(path=STATE_DIRECTORY, type="DirectoryOrCreate")
    return [
        core.v1.VolumeArgs(
            name="configuration", config_map=core.v1.ConfigMapVolumeSourceArgs(name=f"{name}-collector")
        ),
        core.v1.VolumeArgs(name="ca", secret=core.v1.SecretVolumeSourceArgs(secret_name=ca_secret(name))),
        core.v1.VolumeArgs(name="logs", host_path=core.v1.HostPathVolumeSourceArgs(path=_LOGS, type="Directory")),
        core.v1.VolumeArgs(name="state", host_path=state),
    ]


def _from_secret(variable: str, secret: pulumi.Input[str], key: str) -> core.v1.EnvVarArgs:
    source = core.v1.EnvVarSourceArgs(secret_key_ref=core.v1.SecretKeySelectorArgs(name=secret, key=key))
    return core.v1.EnvVarArgs(name=variable, value_from=source)


def _of_pod(path: str) -> core.v1.EnvVarSourceArgs:
    return core.v1.EnvVarSourceArgs(field_ref=core.v1.ObjectFieldSelectorArgs(field_path=path))
