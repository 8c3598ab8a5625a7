"""Check that a model and the stack's mesh fit: its callers exist and can reach it, and its limits suit its load."""

from collections.abc import Iterator, Mapping

from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.cluster.mesh.caller import Caller
from settings.cluster.mesh.mesh import Mesh
from settings.consistency.entrance import Entrance, entrance_of
from settings.model.exposure import Exposure
from settings.model.mesh import ModelMesh
from settings.model.model import Model
from settings.validation.issues import MISSING, Issue
from settings.validation.words import did_you_mean, listed, shown
from settings.values.quantity import binary_quantity, quantity_bytes

_BY_ADDRESS = (Exposure.NODE_PORT, Exposure.LOAD_BALANCER)
_BY_HOST = (Exposure.GATEWAY, Exposure.INGRESS)
_LARGEST_REQUESTS_AT_ONCE = 4
# What a proxy takes that holds no request: 110 MB were measured (docs/mesh.md).
_OWN_MEMORY = "128Mi"


def mesh_issues(mesh: Mesh, model: Model, gateway: Gateway | None, ingress: Ingress | None) -> Iterator[Issue]:
    """What a model asks of the mesh and does not get, by path below the model."""
    if not mesh.is_on:
        if model.mesh:
            yield Issue(
                path=("mesh",),
                found="has no effect: the stack has no mesh",
                expected="no mesh, or a profile among the stack's settings",
                hint="set mesh: {profile: istio}",
            )
        return
    yield from _exposure_issues(mesh, model)
    if model.sampling:
        yield Issue(
            path=("sampling",),
            found="cannot be done in a mesh: the sampler runs as the model's own ServiceAccount, which is none of its "
            "callers",
            expected="no sampling, or no mesh",
        )
    wanted = model.mesh or ModelMesh()
    known = {caller.name: caller for caller in mesh.callers}
    entrance = entrance_of(mesh, model, gateway, ingress)
    for issue in (*_caller_issues(wanted, known, model), *_entrance_issues(wanted, known, entrance)):
        yield issue.below("mesh", "callers")
    yield from (issue.below("mesh", "rateLimits") for issue in _way_round_issues(wanted, known, entrance))
    yield from (issue.below("mesh") for issue in (*_limit_issues(wanted, model), *_size_issues(wanted, mesh)))


def _exposure_issues(mesh: Mesh, model: Model) -> Iterator[Issue]:
    if model.exposure in _BY_ADDRESS:
        yield Issue(
            path=("exposure",),
            found=f"{model.exposure}, whose clients are outside the mesh",
            expected="exposure gateway, ingress or cluster-ip: the mesh accepts encrypted connections from within only",
        )
    if model.exposure is Exposure.INGRESS and mesh.ingress_service_account is None:
        yield Issue(
            path=("exposure",),
            found="ingress, whose controller the mesh does not know",
            expected="mesh.ingressServiceAccount among the stack's settings, or another exposure",
        )


def _caller_issues(wanted: ModelMesh, known: Mapping[str, Caller], model: Model) -> Iterator[Issue]:
    if not wanted.callers and model.exposure is Exposure.CLUSTER_IP:
        hint = f"name some of mesh.callers: {listed(known)}" if known else "declare it in mesh.callers"
        yield Issue(path=(), found=MISSING, expected="at least one caller, as the mesh lets nobody else in", hint=hint)
    for index, name in enumerate(wanted.callers):
        caller = known.get(name)
        if caller is None:
            yield Issue(
                path=(index,),
                found=shown(name),
                expected=f"the name of a caller: {listed(known)}" if known else "the name of one of mesh.callers",
                hint=did_you_mean(name, known),
            )
        elif caller.namespace is None and model.exposure not in _BY_HOST:
            yield Issue(
                path=(index,),
                found=f"{shown(name)}, which calls from outside, with exposure {model.exposure}",
                expected="a caller with a namespace, or exposure gateway or ingress",
            )
        if name in wanted.callers[:index]:
            yield Issue(path=(index,), found=f"{shown(name)}, again", expected="each caller once")


def _entrance_issues(wanted: ModelMesh, known: Mapping[str, Caller], entrance: Entrance | None) -> Iterator[Issue]:
    """A caller that is the entrance as well lets in everybody who comes by it, whatever the others have to prove."""
    for index, name in enumerate(wanted.callers):
        caller = known.get(name)
        if entrance is None or caller is None or caller.namespace != entrance.namespace:
            continue
        if caller.service_account is None or caller.service_account == entrance.service_account:
            account = f"serviceAccount {caller.service_account}" if caller.service_account else "no serviceAccount"
            yield Issue(
                path=(index,),
                found=f"{shown(name)}, with {account} in namespace {entrance.namespace}, which requests from outside "
                "come from as well",
                expected="a serviceAccount other than the entrance's: everybody outside would get in as this caller",
            )


def _way_round_issues(wanted: ModelMesh, known: Mapping[str, Caller], entrance: Entrance | None) -> Iterator[Issue]:
    """Who comes by an entrance that asks for no token is nobody's caller, and so has no limit."""
    outside = [name for name in wanted.callers if name in known and known[name].namespace is None]
    if wanted.rate_limits and entrance and not outside:
        yield Issue(
            path=(),
            found="set, with an exposure that lets in whoever proves nothing: callers would have no limit there",
            expected="a caller without a namespace among callers, so that each request from outside carries its token, "
            "or exposure cluster-ip",
        )


def _limit_issues(wanted: ModelMesh, model: Model) -> Iterator[Issue]:
    limit = wanted.timeout_seconds
    target = model.scaling.latency_p95_milliseconds if model.scaling else None
    if limit and target and limit * 1000 <= target:
        yield Issue(
            path=("timeoutSeconds",),
            found=f"{limit}, which ends requests that scaling.latencyP95Milliseconds {target} allows",
            expected=f"more than {target / 1000:g} s",
        )
    if limit and limit > model.drain_seconds:
        yield Issue(
            path=("timeoutSeconds",),
            found=f"{limit}, more than drainSeconds {model.drain_seconds}",
            expected=f"at most {model.drain_seconds}: a stopping pod answers no longer",
            hint="or raise drainSeconds",
        )
    if model.stateful and wanted.retries.idempotent:
        yield Issue(
            path=("retries", "idempotent"),
            found="true with stateful",
            expected="false: a request to a stateful model changes it",
        )


def _size_issues(wanted: ModelMesh, mesh: Mesh) -> Iterator[Issue]:
    """A few of the largest requests have to fit into the proxy's memory beside itself; nothing bounds how many come."""
    largest = wanted.max_request_bytes
    free = max(quantity_bytes(mesh.proxy.memory) - quantity_bytes(_OWN_MEMORY), 0)
    if largest and quantity_bytes(largest) * _LARGEST_REQUESTS_AT_ONCE > free:
        most = free // _LARGEST_REQUESTS_AT_ONCE
        yield Issue(
            path=("maxRequestBytes",),
            found=f"{largest}, of which {_LARGEST_REQUESTS_AT_ONCE} at once need more than mesh.proxy.memory "
            f"{mesh.proxy.memory} has beside the {_OWN_MEMORY} of the proxy itself",
            expected=f"at most {binary_quantity(most)}: each request is kept until it is complete"
            if most
            else f"more than {_OWN_MEMORY} of memory: each request is kept until it is complete",
            hint="or raise mesh.proxy.memory",
        )
