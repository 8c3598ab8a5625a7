"""GpuSoftware: what makes accelerators known to Kubernetes, and cuts them into the pools' devices."""

import pulumi
from pulumi_kubernetes import apps, core, helm, rbac

from components.accelerators import pools_of
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests import configuration, node_configuration, operator
from components.gpu_software.manifests.agent import Agent, daemon_set, service
from components.gpu_software.manifests.agents import agents
from components.identity import unprivileged_service_account
from settings import SoftwareSource, Vendor


class GpuSoftware(pulumi.ComponentResource):
    """The vendors' software on the pools' nodes, configured with how the cards of each pool are shared.

    Owns the ConfigMaps ``<name>-sharing`` of the device plug-in and ``<name>-partitions`` of MIG manager. The platform
    team points software that is already there to them. Where the software is the stack's own, it owns the namespace,
    and NVIDIA's GPU operator as a Helm release, or, as plain manifests, a DaemonSet for the device plug-in and the
    metrics exporter of each vendor that the pools have, with their ServiceAccounts, the exporters' Services, and the
    right of NVIDIA's programs to read nodes. The namespace is privileged, because drivers and device plug-ins are: the
    policy configuration names it in ``systemNamespaces``, and of plain manifests it holds the exemptions.

    It does not own drivers, container runtimes and node labels, which ``manifests`` take as given, nor the operators
    of AMD and Intel.

    Escape hatch: other values of the chart are set by installing the operator elsewhere, as ``present``.
    """

    def __init__(self, name: str, args: GpuSoftwareArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:GpuSoftware", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)

        owned = self._own_namespace()
        inside = pulumi.ResourceOptions(parent=self, depends_on=owned)
        configured = [
            core.v1.ConfigMap(f"{name}-sharing", configuration.sharing(name, args), inside),
            core.v1.ConfigMap(f"{name}-partitions", configuration.partitions(name, args), inside),
        ]
        after = pulumi.ResourceOptions(parent=self, depends_on=[*owned, *configured])
        if args.software.source is SoftwareSource.OPERATOR:
            helm.v3.Release(f"{name}-operator", operator.release(name, args), after)
        if args.software.source is SoftwareSource.MANIFESTS:
            self._install(inside, after)
        self.register_outputs({})

    def _own_namespace(self) -> list[pulumi.Resource]:
        if self._args.software.source is SoftwareSource.PRESENT:
            return []
        return [core.v1.Namespace(f"{self._name}-namespace", configuration.namespace(self._args), self._child)]

    def _install(self, inside: pulumi.ResourceOptions, after: pulumi.ResourceOptions) -> None:
        name, args = self._name, self._args
        if pools_of(Vendor.NVIDIA, args.pools):
            core.v1.ConfigMap(f"{name}-counters", configuration.counters(name, args), inside)
        found = agents(name, args)
        if readers := [agent.name for agent in found if agent.reads_node]:
            rbac.v1.ClusterRole(f"{name}-nodes", node_configuration.node_reader(name, args), self._child)
            binding = node_configuration.node_reader_binding(name, readers, args)
            rbac.v1.ClusterRoleBinding(f"{name}-nodes", binding, self._child)
        for agent in found:
            self._run(agent, inside, after)

    def _run(self, agent: Agent, inside: pulumi.ResourceOptions, after: pulumi.ResourceOptions) -> None:
        namespace, secrets = self._args.software.namespace, self._args.pull_secrets
        account = unprivileged_service_account(agent.name, namespace, secrets)
        core.v1.ServiceAccount(f"{agent.name}-account", account, inside)
        apps.v1.DaemonSet(agent.name, daemon_set(agent, self._args), after)
        if agent.metrics_port:
            core.v1.Service(f"{agent.name}-metrics", service(agent, agent.metrics_port, self._args), inside)
