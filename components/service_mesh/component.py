"""ServiceMesh: every request to a model is encrypted, and comes from somebody who may send it."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import networking

from components.custom_resources import mesh_object
from components.metadata import object_metadata
from components.service_mesh.args import ServiceMeshArgs
from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.profiles import profile_of


class ServiceMesh(pulumi.ComponentResource):
    """The part of a service mesh that is a namespace of models; nothing with the profile ``none``.

    With the profile ``istio`` it owns the PeerAuthentication, the AuthorizationPolicy that denies and one per model
    that allows its callers, the RequestAuthentication for tokens, the EnvoyFilter with the limits of a model that has
    any, the Sidecars that bound what proxies know, the DestinationRules and VirtualServices of the models, and the
    NetworkPolicy of the proxies.

    It does not own the mesh's control plane and its CNI plug-in (AddOn, or the cluster has them), nor the gateway
    (IngressGateway, or the cluster has it); nor the labels of the namespace (ModelNamespace) and the annotations of
    pods (ModelService), which take them from the same settings.

    Escape hatch: each policy allows something in addition to the others, so that a program may add some of its own.

    Attributes:
        namespace: the namespace's name, known only once the mesh protects it, so that its users are created afterwards.
    """

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceMeshArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ServiceMesh", name, None, opts)
        self._name, self._args = name, args
        profile = profile_of(args.mesh)
        child = pulumi.ResourceOptions(parent=self)
        closed = self._create(profile.closing(args), [])
        if policy := profile.network_policy(f"{name}-proxies", args):
            closed.append(networking.v1.NetworkPolicy(f"{name}-policy", policy, child))
        self._create(profile.objects(args), closed)

        made = (each.metadata["namespace"] for each in closed)  # pyright: ignore
        self.namespace = pulumi.Output.all(args.namespace, *made).apply(lambda names: names[0])
        self.register_outputs({"namespace": self.namespace})

    def _create(self, objects: Sequence[MeshObject], before: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        """Create objects after those ``before``, each after its own predecessors, which precede it in ``objects``."""
        made: dict[tuple[str, str], pulumi.Resource] = {}
        for each in objects:
            first = [*before, *(made[other.kind, other.name] for other in each.after)]
            made[each.kind, each.name] = mesh_object(
                f"{self._name}-{each.name}-{each.kind.lower()}",
                each,
                object_metadata(f"{self._name}-{each.name}", self._args.namespace),
                pulumi.ResourceOptions(parent=self, depends_on=first),
            )
        return [*made.values()]
