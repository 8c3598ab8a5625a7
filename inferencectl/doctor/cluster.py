"""What a cluster needs for a stack. Everything is asked, nothing is written."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

from kubernetes.client import ApiClient

from inferencectl.capacity import pool_limits, require_room
from inferencectl.deployer.connection import ApiError, Connection
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject, other_than_objects, plain_objects
from inferencectl.deployer.resources import WORKERS, Resources
from inferencectl.deployer.situation import unknown_kinds
from inferencectl.deployer.storage_classes import refuse_unknown_storage_classes
from inferencectl.doctor.check import Check, tried
from inferencectl.doctor.demands import accelerators, metrics_apis
from inferencectl.doctor.references import Reference, missing_from
from inferencectl.doctor.remedies import API_PROVIDERS, PROVIDERS, remedy_of
from inferencectl.program.run import ProgramRun
from inferencectl.sandbox.node.prerequisites import Lack

VERBS = ("create", "patch", "delete")
_NODES = ObjectKey(group="", version="v1", kind="Node", namespace="", name="")


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """A cluster that answers, and what is to be deployed there."""

    connection: Connection
    resources: Resources
    run: ProgramRun
    objects: Sequence[KubernetesObject]

    @classmethod
    def of(cls, api: ApiClient, run: ProgramRun) -> "LookedAt":
        """The cluster of ``api``, for a stack whose program has run."""
        objects = plain_objects(run.recording)
        return cls(connection=Connection(api), resources=Resources(api), run=run, objects=objects)

    @property
    def version(self) -> str:
        """The version of Kubernetes; raises UnreachableError if nobody answers."""
        return self.connection.request("GET", "/version", subject="the cluster's version")["gitVersion"]


def checks_of_cluster(cluster: LookedAt) -> Iterator[Check]:
    """One after the other, as each is known."""
    yield _kinds(cluster)
    yield _rights(cluster)
    yield _references(cluster)
    yield _autoscalers(cluster)
    yield _accelerators(cluster)
    yield tried(
        "storage classes of new volumes", lambda: refuse_unknown_storage_classes(cluster.resources, cluster.objects)
    )
    limits = pool_limits(cluster.run.platform.pools)
    yield tried("room in quotas and on nodes", lambda: require_room(cluster.resources, cluster.objects, limits))


def _kinds(cluster: LookedAt) -> Check:
    """A release of the stack brings the kinds of its charts."""
    charts = {each.inputs.get("chart") for each in other_than_objects(cluster.run.recording)}
    unknown: dict[str, list[str]] = {}
    for key in unknown_kinds(cluster.resources, cluster.objects):
        provider = PROVIDERS.get(key.group)
        if provider is None or charts.isdisjoint(provider.charts):
            unknown.setdefault(key.group, []).append(key.kind)
    lacks = []
    for group, kinds in unknown.items():
        provider, named = PROVIDERS.get(group), ", ".join(sorted({*kinds}))
        what = f"the cluster does not know {named} of {group}"
        remedy = provider.remedy if provider else "install what provides the kind, or use a newer Kubernetes"
        lacks.append(Lack(what=what, remedy=remedy))
    return Check(subject=f"kinds of {len(cluster.objects)} objects", lacks=tuple(lacks))


def _rights(cluster: LookedAt) -> Check:
    """Those that a deployment takes, of each kind in each namespace."""
    wanted = {(item.key.group_kind, item.key.namespace): item.key for item in cluster.objects}
    known = [key for key in wanted.values() if cluster.resources.is_known(key)]
    with ThreadPoolExecutor(WORKERS) as pool:
        refused = [*pool.map(lambda key: [verb for verb in VERBS if not cluster.resources.may(verb, key)], known)]
    lacks = tuple(
        Lack(
            what=f"you may not {', '.join(verbs)} {key.group_kind}"
            + (f" in the namespace {key.namespace}" if key.namespace else ""),
            remedy="ask the owner of the cluster for a role that may, or use another context",
        )
        for key, verbs in zip(known, refused, strict=True)
        if verbs
    )
    return Check(subject="rights of this user", lacks=lacks)


def _references(cluster: LookedAt) -> Check:
    wanted = [each for each in missing_from(cluster.objects) if cluster.resources.is_known(each.key)]
    with ThreadPoolExecutor(WORKERS) as pool:
        lacks = [lack for lack in pool.map(lambda each: _lack(cluster, each), wanted) if lack]
    return Check(subject="objects that the stack names and does not make", lacks=tuple(lacks))


def _lack(cluster: LookedAt, reference: Reference) -> Lack | None:
    key, by = reference.key, reference.by
    try:
        if cluster.resources.get(key):
            return None
    except ApiError as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        remedy = f"ask somebody who may: kubectl get {key.kind.lower()} {key.name}"
        return Lack(what=f"you may not see whether there is a {key}, which {by} needs", remedy=remedy)
    return Lack(what=f"there is no {key}, which {by} needs", remedy=_remedy(cluster, key))


def _remedy(cluster: LookedAt, key: ObjectKey) -> str:
    remedy = remedy_of(key)
    if any(item.key.group_kind == "Namespace" and item.key.name == key.namespace for item in cluster.objects):
        return f"{remedy}. The first deployment makes the namespace, and its pods wait for what is missing"
    return remedy


def _autoscalers(cluster: LookedAt) -> Check:
    made = {item.manifest["spec"]["group"] for item in cluster.objects if item.key.kind == "APIService"}
    lacks = tuple(
        Lack(what=f"the cluster does not serve {group}, which {by} asks", remedy=API_PROVIDERS[group])
        for group, by in metrics_apis(cluster.objects).items()
        if group not in made and not _is_served(cluster.connection, group)
    )
    return Check(subject="metrics that autoscalers ask for", lacks=lacks)


def _is_served(connection: Connection, group: str) -> bool:
    try:
        connection.request("GET", f"/apis/{group}", subject=f"the API {group}")
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def _accelerators(cluster: LookedAt) -> Check:
    wanted = accelerators(cluster.objects)
    nodes = cluster.resources.all_like(_NODES) if wanted else ()
    offered = {name for node in nodes for name in node["status"].get("allocatable") or {}}
    lacks = tuple(
        Lack(
            what=f"no node offers {resource}, which {by} asks for",
            remedy="add nodes with such devices and the plug-in of their vendor, or let the stack do it: gpu.pools",
        )
        for resource, by in wanted.items()
        if resource not in offered
    )
    return Check(subject="accelerators of nodes", lacks=lacks)
