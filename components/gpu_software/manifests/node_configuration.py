"""How NVIDIA's programs get the configuration that their node's label names, and the right to read that label.

A container of the plug-in's own image links the file before the others start; another one watches the label, links
another file when it changes, and signals the program. Only these two hold a token of the API server.

Source: https://github.com/NVIDIA/k8s-device-plugin (cmd/config-manager)
"""

from pulumi_kubernetes import core, rbac

from components.device_plugin import PLUGIN_CONFIG_LABEL, WHOLE_CARDS
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests.parts import amounts, mount, node_name, root, value
from components.metadata import object_metadata

CONFIGURATION_FILE = "/config/config.yaml"

_AVAILABLE = "/available-configs"
_TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - where Kubernetes' clients look for it
_TOKEN_SECONDS = 3600
_GROUP = "rbac.authorization.k8s.io"
_SIGHUP = "1"


def chooser(image: str) -> core.v1.ContainerArgs:
    """Chooses once, before the program starts."""
    return _manager("choose", image, {"ONESHOT": "true", "SEND_SIGNAL": "false"})


def watcher(image: str, process: str) -> core.v1.ContainerArgs:
    """Chooses again whenever the label changes, and signals ``process``, which is in its pod's or node's sight."""
    signal = {"SEND_SIGNAL": "true", "SIGNAL": _SIGHUP, "PROCESS_TO_SIGNAL": process}
    return _manager("watch", image, {"ONESHOT": "false", **signal})


def _manager(name: str, image: str, settings: dict[str, str]) -> core.v1.ContainerArgs:
    chosen = {
        "NODE_LABEL": PLUGIN_CONFIG_LABEL,
        "CONFIG_FILE_SRCDIR": _AVAILABLE,
        "CONFIG_FILE_DST": CONFIGURATION_FILE,
        "DEFAULT_CONFIG": WHOLE_CARDS,
        **settings,
    }
    return core.v1.ContainerArgs(
        name=name,
        image=image,
        command=["config-manager"],
        env=[node_name("NODE_NAME"), *(value(key, text) for key, text in chosen.items())],
        resources=amounts("10m", "64Mi"),
        security_context=root(),
        volume_mounts=[*mounts(), mount("token", _TOKEN_DIRECTORY, read_only=True)],
    )


def mounts() -> list[core.v1.VolumeMountArgs]:
    """The files, and the link to the chosen one: both, as the link leads from one to the other."""
    return [mount("available-configs", _AVAILABLE, read_only=True), mount("config", "/config")]


def volumes(config_map: str) -> list[core.v1.VolumeArgs]:
    """What :func:`mounts` mounts, and the token."""
    token = core.v1.ServiceAccountTokenProjectionArgs(path="token", expiration_seconds=_TOKEN_SECONDS)
    authority = core.v1.ConfigMapProjectionArgs(
        name="kube-root-ca.crt", items=[core.v1.KeyToPathArgs(key="ca.crt", path="ca.crt")]
    )
    return [
        core.v1.VolumeArgs(name="available-configs", config_map=core.v1.ConfigMapVolumeSourceArgs(name=config_map)),
        core.v1.VolumeArgs(name="config", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit="1Mi")),
        core.v1.VolumeArgs(
            name="token",
            projected=core.v1.ProjectedVolumeSourceArgs(
                sources=[
                    core.v1.VolumeProjectionArgs(service_account_token=token),
                    core.v1.VolumeProjectionArgs(config_map=authority),
                ]
            ),
        ),
    ]


def node_reader(name: str, args: GpuSoftwareArgs) -> rbac.v1.ClusterRoleInitArgs:
    """The right to read nodes, which has no smaller scope than all of them."""
    return rbac.v1.ClusterRoleInitArgs(
        metadata=object_metadata(_role_name(name, args)),
        rules=[rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["nodes"], verbs=["get", "list", "watch"])],
    )


def node_reader_binding(name: str, accounts: list[str], args: GpuSoftwareArgs) -> rbac.v1.ClusterRoleBindingInitArgs:
    """:func:`node_reader` for ServiceAccounts of the software's namespace."""
    return rbac.v1.ClusterRoleBindingInitArgs(
        metadata=object_metadata(_role_name(name, args)),
        role_ref=rbac.v1.RoleRefArgs(api_group=_GROUP, kind="ClusterRole", name=_role_name(name, args)),
        subjects=[
            rbac.v1.SubjectArgs(kind="ServiceAccount", name=account, namespace=args.software.namespace)
            for account in accounts
        ],
    )


def _role_name(name: str, args: GpuSoftwareArgs) -> str:
    """A name that no other software of the cluster has."""
    return f"{args.software.namespace}-{name}-nodes"
