"""Check that a gateway that the stack owns fits its models, its mesh and its environment."""

from collections.abc import Iterator, Mapping, Sequence

from settings.cluster.gateway import Gateway
from settings.cluster.mesh.mesh import Mesh
from settings.cluster.owned_gateway.owned_gateway import ISTIO_CLASS, OwnedGateway
from settings.consistency.gateway_hosts import certificate_names, hosts_of, is_covered, own_hosts
from settings.consistency.namespaces import owners
from settings.environment import PROD_REPLICAS, Environment
from settings.model.model import Model
from settings.validation.issues import Issue
from settings.validation.words import listed

_NAME_CHARACTERS = 63
_GATEWAY, _MODELS = "the gateway", "the models"
# https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec
LISTENERS = 64


def gateway_issues(
    gateway: Gateway | None,
    models: Sequence[Model],
    mesh: Mesh,
    environment: Environment,
    namespaces: Mapping[str, str | None],
) -> Iterator[Issue]:
    """What is wrong with an owned gateway of a stack, by path below the gateway; ``namespaces`` are whose."""
    if gateway is None or gateway.owned is None:
        return
    owned = gateway.owned
    yield from _namespace_issues(gateway, owned, mesh, namespaces)
    if owned.is_istios:
        yield from _istios_names(gateway, mesh)
    if mesh.is_on and not owned.is_istios:
        yield Issue(
            path=("owned", "className"),
            found=f"'{owned.class_name}', with mesh profile {mesh.profile}",
            expected=f"{ISTIO_CLASS}: the mesh lets in its own proxies only",
        )
    if environment is Environment.PROD and owned.is_istios and owned.replicas < PROD_REPLICAS:
        yield Issue(
            path=("owned", "replicas"),
            found=str(owned.replicas),
            expected=f"at least {PROD_REPLICAS} in prod, so that the models stay reachable when a node is lost",
        )
    yield from _name_issues(gateway, models)


def _namespace_issues(
    gateway: Gateway, owned: OwnedGateway, mesh: Mesh, namespaces: Mapping[str, str | None]
) -> Iterator[Issue]:
    others = {owner: namespace for owner, namespace in namespaces.items() if owner != _GATEWAY}
    others = {"istiod": mesh.control_plane_namespace, **others} if owned.is_istios else others
    if not owned.create_namespace:
        others = {_MODELS: others[_MODELS]}
    if (owner := owners(others, mesh).get(gateway.namespace)) is not None:
        yield Issue(
            path=("namespace",),
            found=f"'{gateway.namespace}', also a namespace of {owner}",
            expected="a namespace of the gateway's own: its proxies are open, and all else in it is closed",
        )


def _istios_names(gateway: Gateway, mesh: Mesh) -> Iterator[Issue]:
    made = gateway.name_of_istios_proxies
    if len(made) > _NAME_CHARACTERS:
        yield Issue(
            path=("name",),
            found=f"'{gateway.name}', whose Service '{made}' has {len(made)} characters",
            expected=f"at most {_NAME_CHARACTERS - len(made) + len(gateway.name)} characters",
        )
    if mesh.gateway_service_account not in (None, made):
        yield Issue(
            path=("name",),
            found=f"'{gateway.name}', whose proxies Istio gives the ServiceAccount '{made}'",
            expected="no mesh.gatewayServiceAccount: models let in the proxies of that account only",
        )


def _name_issues(gateway: Gateway, models: Sequence[Model]) -> Iterator[Issue]:
    names = certificate_names(models, gateway)
    for host in hosts_of(models, gateway):
        if not is_covered(host, names):
            yield Issue(
                path=("owned", "certificate", "dnsNames"),
                found=f"no name for '{host}', the host name of a model",
                expected=f"a certificate for it: this one is for {listed(names)}",
                hint="a wildcard stands for one label",
            )
    if (listeners := 1 + len(own_hosts(models, gateway))) > LISTENERS:
        yield Issue(
            path=("owned",),
            found=f"{listeners} listeners, one for each host name of a model that is not right below the hostname",
            expected=f"at most {LISTENERS}, as in the Gateway API",
            hint="leave hostname out for models that can be below the gateway's",
        )
