"""Refuses a change that cannot succeed for want of room, before anything is touched."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from inferencectl.capacity.demand import Demand, Pod, demands, is_spare, runs
from inferencectl.capacity.limits import Limit, quota_limits
from inferencectl.capacity.node_disks import too_large
from inferencectl.capacity.shortfall import Shortfall, shortfalls, without_surge
from inferencectl.capacity.usage import Usage, total, usage_of
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

Live = Mapping[ObjectKey, Mapping[str, Any]]


def require_room(resources: Resources, objects: Sequence[KubernetesObject], limits: Sequence[Limit] = ()) -> None:
    """Check every namespace with workloads against its quotas, and what the stack takes against ``limits``.

    Raises:
        SandboxError: the pods that the change adds do not fit beside those that it does not stop first, or not on any
            node's disk.
    """
    if large := list(too_large(objects, list(resources.all_like(_like("Node", ""))))):
        remedy = "give the model a volume, which an import Job fills instead, or serve it where a node has more disk"
        raise SandboxError("\n".join(large), remedy, exit_code=BAD_INPUT)
    live = resources.live(item.key for item in objects)
    for namespace in sorted({item.key.namespace for item in objects if item.key.namespace}):
        inside = [item for item in objects if item.key.namespace == namespace]
        pods = [pod for pod in resources.all_like(_like("Pod", namespace)) if runs(pod)]
        every = [*quota_limits(namespace, _quotas(resources, inside, namespace)), *limits]
        changes = demands(objects, live, pods) if every else []
        changes = [change for change in changes if change.key.namespace == namespace]
        if not any(shortfalls([limit], _used(limit, pods), changes) for limit in every):
            continue
        # Whether pods change is known from the API server's dry run, a request each: only asked where it matters.
        changes = [_settled(change, resources, inside, live) for change in changes]
        found = [each for limit in every for each in shortfalls([limit], _used(limit, pods), changes)]
        if found:
            raise _refusal(found, pods)


def _settled(change: Demand, resources: Resources, objects: Sequence[KubernetesObject], live: Live) -> Demand:
    if not change.surge:
        return change
    (manifest,) = (item.manifest for item in objects if item.key == change.key)
    after = resources.apply(manifest, dry_run=True)
    return change if after["spec"]["template"] != live[change.key]["spec"]["template"] else without_surge(change)


def _quotas(resources: Resources, objects: Sequence[KubernetesObject], namespace: str) -> list[Mapping[str, Any]]:
    """The quotas as they are during the change: those of the program replace the live ones."""
    wanted = {item.key.name: item.manifest for item in objects if item.key.group_kind == "ResourceQuota"}
    live = {quota["metadata"]["name"]: quota for quota in resources.all_like(_like("ResourceQuota", namespace))}
    return [*{**live, **wanted}.values()]


def _like(kind: str, namespace: str) -> ObjectKey:
    return ObjectKey(group="", version="v1", kind=kind, namespace=namespace, name="")


def _used(limit: Limit, pods: Sequence[Pod]) -> Usage:
    counted = [pod for pod in pods if limit.counts_spares or not is_spare(pod["metadata"].get("labels") or {})]
    return total(usage_of(pod["spec"]) for pod in counted)


def _refusal(found: Sequence[Shortfall], pods: Sequence[Pod]) -> SandboxError:
    lines = [_described(each, pods) for each in found]
    keys = " and ".join(dict.fromkeys(each.limit.raised_by for each in found))
    models = dict.fromkeys(change.model for each in found for change in each.growing if _holders(each, change, pods))
    remedy = f"raise {keys} in the settings, or serve less"
    if models:
        remedy = (
            f"raise {keys} in the settings; or let the version in service stop first: keep it in versions of "
            f"{', '.join(models)} with weight 0, give the new one weight 100, and set rollout: {{strategy: recreate}}, "
            f"which does without an answer until the new one is ready"
        )
    return SandboxError("\n".join(lines), remedy, exit_code=BAD_INPUT)


def _described(short: Shortfall, pods: Sequence[Pod]) -> str:
    resource, growing = short.resource, short.growing
    more = ", ".join(f"{change.key.name} takes {_amount(change.growth(resource))} more" for change in growing)
    keys = dict.fromkeys(holder for change in growing for holder in _holders(short, change, pods))
    beside = f", while {' and '.join(keys)} still {'has' if len(keys) == 1 else 'have'} theirs" if keys else ""
    return (
        f"this change needs {_amount(short.needed)} of {resource} at the same time, and {short.limit.name} has "
        f"{_amount(short.limit.hard[resource])}: {more}{beside}"
    )


def _holders(short: Shortfall, change: Demand, pods: Sequence[Pod]) -> list[str]:
    """The other versions of a model that has one that grows, as far as they have pods that take the resource."""
    names = [
        pod["metadata"]["labels"].get("app.kubernetes.io/instance", "")
        for pod in pods
        if change.model
        and (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/name") == change.model
        and usage_of(pod["spec"]).get(short.resource)
    ]
    return [name for name in dict.fromkeys(names) if name and name != change.key.name]


def _amount(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
