"""IngressGateway: the way into the cluster, over TLS alone."""

import pulumi
from pulumi_kubernetes import core, networking

from components import custom_resources
from components.closed_namespaces import default_deny
from components.ingress_gateway import manifests
from components.ingress_gateway.args import IngressGatewayArgs
from components.metadata import object_metadata
from components.service_mesh.istio import access_logs


class IngressGateway(pulumi.ComponentResource):
    """A Gateway of the Gateway API, for routes of the models' namespace.

    Owns the Gateway, the order of its certificate (cert-manager) if the certificate is not in a Secret already, the
    NetworkPolicy of its proxies, its namespace with a policy that denies by default if that does not exist, and, with
    the class ``istio``, the ConfigMap that says how the proxies are deployed and which requests they log.

    It does not own the proxies themselves and their Service, which the class's controller makes; nor the routes, which
    belong to the models (ModelService).

    Escape hatch: a stack whose settings name a Gateway without ``owned`` needs none, and may have one of its own make.

    Attributes:
        models_namespace: the models' namespace, known only once the listeners are there, so that routes come later.
    """

    models_namespace: pulumi.Output[str]

    def __init__(self, name: str, args: IngressGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:IngressGateway", name, None, opts)
        owned = args.owned
        child = pulumi.ResourceOptions(parent=self)
        if owned.create_namespace:
            namespace = core.v1.Namespace(f"{name}-namespace", manifests.namespace(args), child)
            child = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
            networking.v1.NetworkPolicy(f"{name}-default-deny", default_deny(args.gateway.namespace), child)
        needed: list[pulumi.Resource] = [
            networking.v1.NetworkPolicy(f"{name}-policy", manifests.network_policy(args), child)
        ]
        if owned.certificate.issuer:
            spec, metadata = manifests.certificate_spec(args), manifests.metadata(args)
            needed.append(custom_resources.certificate(f"{name}-certificate", metadata, spec, child))
        if owned.is_istios:
            needed.append(core.v1.ConfigMap(f"{name}-proxies", manifests.proxies(args), child))
        if owned.access_logs:
            made = access_logs.of_gateway(args.gateway.name, owned.access_logs)
            # Told with the models' namespace: where the stack installs Istio, its definitions are there only then.
            where = pulumi.Output.from_input(args.models).apply(lambda _: args.gateway.namespace)
            metadata = object_metadata(made.name, where)
            needed.append(custom_resources.mesh_object(f"{name}-telemetry", made, metadata, child))

        complete = pulumi.ResourceOptions(parent=self, depends_on=needed)
        made = custom_resources.gateway(
            f"{name}-gateway", manifests.gateway_metadata(args), manifests.spec(args), complete
        )
        there = made.metadata["name"]  # pyright: ignore
        self.models_namespace = pulumi.Output.all(args.models, there).apply(lambda names: names[0])
        self.register_outputs({"modelsNamespace": self.models_namespace})
