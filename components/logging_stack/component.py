"""LoggingStack: every line of every container, and a record of every prediction, kept for as long as it has to be."""

import pulumi
from pulumi_kubernetes import apps, batch, core, networking, rbac

from components.closed_namespaces import default_deny, enforced
from components.custom_resources import elasticsearch, kibana
from components.identity import unprivileged_service_account
from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests import collector, elastic, setup
from components.logging_stack.manifests.policies import policies
from components.metadata import object_metadata


class LoggingStack(pulumi.ComponentResource):
    """A Fluentd on every node, an Elasticsearch that it writes to, and a Kibana to read in.

    Owns the objects that Elasticsearch's operator (ECK) makes pods of, Elasticsearch's roles, a Job that gives it the
    templates and lifecycles of its indices, the collector with its right to read pods, ServiceAccounts, and the network
    policies; the namespace only where ``makes_namespace`` says so. The collector begins once the Job is done: what
    comes before has the wrong types for as long as it is kept.

    It does not own the operator and the namespace that it is installed for (AddOn), nor the Secrets with passwords.
    Volumes stay when Elasticsearch is deleted, and so does what the collector keeps on a node.

    Escape hatch: a collector of one's own beside it, with a user of its own in another Secret.
    """

    def __init__(self, name: str, args: LoggingStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:LoggingStack", name, None, opts)
        self._name, self._args = name, args
        inside = pulumi.ResourceOptions(parent=self, depends_on=self._own_namespace())
        for each, policy in policies(name, args).items():
            networking.v1.NetworkPolicy(f"{name}-{each}-policy", policy, inside)
        for each in ("collector", "setup"):
            account = unprivileged_service_account(f"{name}-{each}", args.namespace, args.pull_secrets)
            core.v1.ServiceAccount(f"{name}-{each}-account", account, inside)
        stored = self._store(inside)
        core.v1.ConfigMap(f"{name}-setup-requests", setup.config_map(name, args), inside)
        after = pulumi.ResourceOptions(parent=self, depends_on=stored)
        done = batch.v1.Job(f"{name}-setup", setup.job(name, args), after)
        self._collect(inside, done)
        self.register_outputs({})

    def _own_namespace(self) -> list[pulumi.Resource]:
        if not self._args.makes_namespace:
            return []
        name, namespace = self._name, self._args.namespace
        metadata = object_metadata(namespace, labels=enforced("privileged"))
        made = core.v1.Namespace(
            f"{name}-namespace", core.v1.NamespaceInitArgs(metadata=metadata), pulumi.ResourceOptions(parent=self)
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[made])
        return [made, networking.v1.NetworkPolicy(f"{name}-closed", default_deny(namespace), inside)]

    def _store(self, inside: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        name, args = self._name, self._args
        roles = core.v1.Secret(f"{name}-roles", elastic.roles_secret(name, args), inside)
        metadata = object_metadata(name, args.namespace)
        kept = pulumi.ResourceOptions(parent=self, depends_on=[roles], protect=args.logging.protect)
        store = elasticsearch(f"{name}-elasticsearch", metadata, elastic.elasticsearch_spec(name, args), kept)
        after = pulumi.ResourceOptions(parent=self, depends_on=[store])
        kibana(f"{name}-kibana", metadata, elastic.kibana_spec(name, args), after)
        return [store]

    def _collect(self, inside: pulumi.ResourceOptions, done: pulumi.Resource) -> None:
        name, args = self._name, self._args
        configured = core.v1.ConfigMap(f"{name}-collector-configuration", collector.config_map(name, args), inside)
        role = rbac.v1.ClusterRole(
            f"{name}-pods", collector.pod_reader(name, args), pulumi.ResourceOptions(parent=self)
        )
        bound = rbac.v1.ClusterRoleBinding(f"{name}-pods", collector.pod_reader_binding(name, args), inside)
        after = pulumi.ResourceOptions(parent=self, depends_on=[configured, role, bound, done])
        apps.v1.DaemonSet(f"{name}-collector", collector.daemon_set(name, args), after)
