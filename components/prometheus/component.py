"""Prometheus: where the models' series are kept, and who is told what they say."""

import pulumi
from pulumi_kubernetes import core, policy, rbac

from components.custom_resources import alertmanager, pod_monitor, prometheus, service_monitor
from components.identity import unprivileged_service_account
from components.metadata import API_TOKEN_REASON, object_metadata
from components.prometheus.args import PrometheusArgs
from components.prometheus.manifests import monitors, pods, rights, servers

_TOKEN_REASON = {API_TOKEN_REASON: "It finds what it scrapes, and shows kubelets who it is."}


class Prometheus(pulumi.ComponentResource):
    """A Prometheus and an Alertmanager, which prometheus-operator makes pods of.

    Owns both objects, their ServiceAccounts, disruption budgets and rights, the Service `prometheus` for queries,
    and monitors of what is scraped besides the models.

    It does not own the operator, kube-state-metrics and Grafana with its rights (AddOn), which has the network policies
    of the namespace as well, nor what watches the models (MonitoringStack). Volumes stay when the objects are deleted.

    Escape hatch: a Prometheus that is installed elsewhere, and no installation in the settings.
    """

    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:Prometheus", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        rights_given = [*self._may_read()]
        for server in (servers.PROMETHEUS, servers.ALERTMANAGER):
            account = unprivileged_service_account(server, args.namespace, args.pull_secrets)
            core.v1.ServiceAccount(f"{name}-{server}-account", account, self._child)
            budget = pods.disruption_budget(server, args.namespace)
            policy.v1.PodDisruptionBudget(f"{name}-{server}-disruption", budget, self._child)
        core.v1.Service(f"{name}-queries", pods.queries(args.namespace), self._child)
        after = pulumi.ResourceOptions(
            parent=self, depends_on=rights_given, protect=args.installation.protect, delete_before_replace=False
        )
        told = object_metadata(servers.ALERTMANAGER, args.namespace)
        alertmanager(f"{name}-{servers.ALERTMANAGER}", told, servers.alertmanager_spec(args), after)
        kept = object_metadata(servers.PROMETHEUS, args.namespace, annotations=_TOKEN_REASON)
        prometheus(f"{name}-{servers.PROMETHEUS}", kept, servers.prometheus_spec(args), after)
        self._scrape()
        self.register_outputs({})

    def _may_read(self) -> list[pulumi.Resource]:
        name, args, child = self._name, self._args, self._child
        role = rbac.v1.ClusterRole(f"{name}-kubelets", rights.kubelet_reader(args), child)
        made: list[pulumi.Resource] = [
            role,
            rbac.v1.ClusterRoleBinding(f"{name}-kubelets", rights.kubelet_binding(args), child),
        ]
        own = {"own": args.namespace, "models": args.models}
        others = {each: each for each in (rights.KUBELETS, *args.scraped_namespaces)}
        for where, namespace in {**own, **others}.items():
            made.append(rbac.v1.Role(f"{name}-{where}-targets", rights.target_reader(namespace, args), child))
            binding = rights.role_binding(servers.PROMETHEUS, namespace, args)
            made.append(rbac.v1.RoleBinding(f"{name}-{where}-targets", binding, child))
        return made

    def _scrape(self) -> None:
        name, args, monitoring = self._name, self._args, self._args.monitoring
        metadata = object_metadata("own-pods", args.namespace)
        pod_monitor(f"{name}-own-pods", metadata, monitors.own_pods_spec(monitoring), self._child)
        for source in args.sources:
            metadata = object_metadata(source.name, args.namespace)
            pod_monitor(f"{name}-{source.name}", metadata, monitors.source_spec(source, monitoring), self._child)
        if args.control_plane:
            metadata = object_metadata("mesh", args.namespace)
            spec = monitors.control_plane_spec(args.control_plane, monitoring)
            service_monitor(f"{name}-mesh", metadata, spec, self._child)
