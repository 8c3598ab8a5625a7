"""What Prometheus may read of the Kubernetes API, and Grafana of the namespaces with dashboards."""

from typing import Any

import pulumi
from pulumi_kubernetes import rbac

from components.metadata import object_metadata
from components.prometheus.args import PrometheusArgs
from components.prometheus.manifests.servers import PROMETHEUS

KUBELETS = "kube-system"
"""Where the operator keeps the addresses of the kubelets."""
GRAFANA = "grafana"
"""Grafana's ServiceAccount, as the chart is told to call it."""
_GROUP = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]


def target_reader(namespace: pulumi.Input[str], args: PrometheusArgs) -> rbac.v1.RoleInitArgs:
    """To find targets in a namespace: pods, and the Services that lead to some of them."""
    return rbac.v1.RoleInitArgs(
        metadata=object_metadata(_role(PROMETHEUS, args), namespace),
        rules=[
            rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["pods", "services"], verbs=_READ),
            rbac.v1.PolicyRuleArgs(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=_READ),
        ],
    )


def dashboard_reader(namespace: pulumi.Input[str], args: PrometheusArgs) -> rbac.v1.RoleInitArgs:
    """To find dashboards in a namespace; the chart's own role also reads Secrets."""
    return rbac.v1.RoleInitArgs(
        metadata=object_metadata(_role(GRAFANA, args), namespace),
        rules=[rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["configmaps"], verbs=_READ)],
    )


def kubelet_reader(args: PrometheusArgs) -> rbac.v1.ClusterRoleInitArgs:
    """To scrape kubelets, which ask the API server about whoever scrapes them."""
    return rbac.v1.ClusterRoleInitArgs(
        metadata=object_metadata(_role(PROMETHEUS, args)),
        rules=[rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["nodes/metrics"], verbs=["get"])],
    )


def role_binding(account: str, namespace: pulumi.Input[str], args: PrometheusArgs) -> rbac.v1.RoleBindingInitArgs:
    """The Role of ``namespace`` for the ServiceAccount ``account``."""
    role = _role(account, args)
    return rbac.v1.RoleBindingInitArgs(
        metadata=object_metadata(role, namespace), **_binds("Role", role, account, args.namespace)
    )


def kubelet_binding(args: PrometheusArgs) -> rbac.v1.ClusterRoleBindingInitArgs:
    """:func:`kubelet_reader` for Prometheus."""
    name = _role(PROMETHEUS, args)
    return rbac.v1.ClusterRoleBindingInitArgs(
        metadata=object_metadata(name), **_binds("ClusterRole", name, PROMETHEUS, args.namespace)
    )


def _role(account: str, args: PrometheusArgs) -> pulumi.Output[str]:
    """A name that those of another Prometheus of the cluster do not have, in namespaces of both."""
    return pulumi.Output.concat(args.namespace, "-", account)


def _binds(kind: str, role: pulumi.Input[str], account: str, namespace: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "role_ref": rbac.v1.RoleRefArgs(api_group=_GROUP, kind=kind, name=role),
        "subjects": [rbac.v1.SubjectArgs(kind="ServiceAccount", name=account, namespace=namespace)],
    }
