"""ModelNamespace: a namespace that is locked down before anything runs in it."""

import pulumi
from pulumi_kubernetes import core, networking, node, scheduling

from components.closed_namespaces import default_deny
from components.model_namespace import manifests
from components.model_namespace.args import ModelNamespaceArgs


class ModelNamespace(pulumi.ComponentResource):
    """A namespace for models: Pod Security restricted, bounded by a quota, closed to the network.

    Owns the Namespace, its ResourceQuota and LimitRange, the default-deny and DNS NetworkPolicies, the PriorityClass
    of model servers and the RuntimeClasses that have a handler. It does not own what opens the network for a model:
    that is the model's own policy. RuntimeClasses are cluster-scoped: one of several stacks sets the handler.

    Escape hatch: an existing namespace needs no ModelNamespace; give its name to ModelService directly.

    Attributes:
        namespace: the namespace's name, known only once it is locked down, so that its users are created afterwards.
        priority_class_name: the PriorityClass of model servers.
    """

    namespace: pulumi.Output[str]
    priority_class_name: pulumi.Output[str]

    def __init__(self, name: str, args: ModelNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ModelNamespace", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # A namespace takes everything in it with it, also volumes that are to stay.
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=args.retain)
        namespace = core.v1.Namespace(f"{name}-namespace", manifests.namespace(args), kept)

        inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        core.v1.ResourceQuota(f"{name}-quota", manifests.resource_quota(args), inside)
        core.v1.LimitRange(f"{name}-limits", manifests.limit_range(args.namespace), inside)
        closed = [
            networking.v1.NetworkPolicy(f"{name}-default-deny", default_deny(args.namespace), inside),
            networking.v1.NetworkPolicy(f"{name}-allow-dns", manifests.allow_dns(args.namespace), inside),
        ]
        priority = scheduling.v1.PriorityClass(f"{name}-priority", manifests.serving_priority(args.namespace), child)
        for class_name, runtime in args.runtime_classes.items():
            if runtime.handler:
                made = manifests.runtime_class(class_name, runtime.handler, runtime)
                node.v1.RuntimeClass(f"{name}-runtime-{class_name}", made, child)

        # By key rather than id: a preview knows the inputs of objects that it would create, as plain mappings.
        names = pulumi.Output.all(*(policy.metadata["namespace"] for policy in closed))
        self.namespace = names.apply(lambda names: names[0])
        self.priority_class_name = priority.metadata["name"]
        self.register_outputs({"namespace": self.namespace, "priorityClassName": self.priority_class_name})
