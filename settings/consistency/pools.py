"""Placement: resolves requests for accelerators to the devices of the stack's pools."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import chain

from settings.cluster.resource_class import ResourceClass
from settings.gpu.devices import Devices, Offer, any_gpus
from settings.gpu.gpu_pool import GpuPool
from settings.gpu.gpu_request import GpuRequest
from settings.gpu.node_software import NodeSoftware, SoftwareSource
from settings.gpu.provisioning import Provisioner
from settings.gpu.sharing import SharingStrategy
from settings.model.model import Model
from settings.validation.issues import MISSING, Issue
from settings.validation.words import shown
from settings.values.quantity import binary_quantity, quantity_value

Held = tuple[GpuPool, Offer]
_SHOWN_POOLS = 5


def devices_for(resources: ResourceClass, pools: Sequence[GpuPool]) -> Devices | None:
    """The devices of one pod; None if the class has no accelerators or no pool has what it requests.

    Without pools, whole GPUs come from any node with NVIDIA GPUs. With several pools, those with the smallest fitting
    device are used, and all that offer the same, so that spot and on-demand pools can replace each other.
    """
    request = resources.gpu_request
    if request is None:
        return None
    if not pools:
        return any_gpus(request.count) if request.count and request.accelerator is None else None
    held = _held(resources, request, pools)
    if not held:
        return None
    _, smallest = min(held, key=lambda pair: _size(request, pair[1]))
    chosen = [pool for pool, offer in held if offer == smallest]
    alike = [pool for pool in chosen if _kind(pool) == _kind(chosen[0])]
    return replace(
        chosen[0].devices(smallest, request.count or 1),
        node_selectors=tuple(pool.node_selector for pool in alike),
        taints=tuple(dict.fromkeys(chain.from_iterable(pool.taints for pool in alike))),
    )


def pools_with(devices: Devices, pools: Sequence[GpuPool]) -> list[GpuPool]:
    """The pools whose nodes have the devices."""
    return [pool for pool in pools if pool.node_selector in devices.node_selectors]


def _kind(pool: GpuPool) -> tuple[str, str | None]:
    return pool.accelerator, pool.runtime_class


def _size(request: GpuRequest, offer: Offer) -> tuple[Fraction, Fraction]:
    return (offer.memory_gib, offer.share) if request.memory else (offer.share, offer.memory_gib)


def _held(resources: ResourceClass, request: GpuRequest, pools: Sequence[GpuPool]) -> list[Held]:
    """The pools that can hold a pod, each with its smallest device."""
    found = ((pool, pool.best_offer(request)) for pool in pools if _has_room(pool, resources))
    return [(pool, offer) for pool, offer in found if offer]


def _has_room(pool: GpuPool, resources: ResourceClass) -> bool:
    """Whether a node of a pool has CPU and memory for one pod; true if the stack does not say what a node has."""
    machine = pool.machine
    return machine is None or (
        quantity_value(machine.cpu) >= quantity_value(resources.cpu)
        and quantity_value(machine.memory) >= quantity_value(resources.memory)
    )


def pool_issues(pools: Sequence[GpuPool], models: Sequence[tuple[Model, ResourceClass | None]]) -> Iterator[Issue]:
    """Check that each pool has a unique name and a model that can use it, and that each model gets its devices."""
    names = Counter(pool.name for pool in pools)
    requests = [(each, each.gpu_request) for _, each in models if each and each.gpu_request]
    for index, pool in enumerate(pools):
        if names[pool.name] > 1:
            yield Issue(
                path=("pools", index, "name"),
                found=f"'{pool.name}', {names[pool.name]} times",
                expected="a different name for each pool",
            )
        if not any(_held(each, request, [pool]) for each, request in requests if request):
            yield Issue(
                path=("pools", index),
                found=f"{_stock(pool)} that no model requests",
                expected="a model whose resource class can use it, or no such pool",
            )
    for index, (model, resources) in enumerate(models):
        if resources and resources.gpu_request:
            yield from (each.below("models", index) for each in model_pool_issues(model, resources, pools))


def software_issues(pools: Sequence[GpuPool], software: NodeSoftware | None, namespace: str) -> Iterator[Issue]:
    """Check that the sharing of cards on new nodes is configured. Cards of existing nodes are already shared.

    ``namespace`` is that of the models, to which the software's own would be a second object of the same name.
    """
    for pool in pools:
        made = pool.provisioner is not Provisioner.EXISTING
        if software is None and made and pool.sharing.strategy is not SharingStrategy.NONE:
            yield Issue(
                path=("gpuSoftware",),
                found=MISSING,
                expected=f"the software that shares the cards of '{pool.name}'",
                hint="such as gpuSoftware: {source: present, namespace: gpu-operator}",
            )
            return
    if software and software.source is not SoftwareSource.PRESENT and software.namespace == namespace:
        yield Issue(
            path=("gpuSoftware", "namespace"),
            found=f"'{namespace}', also the namespace of the models",
            expected="a namespace of its own, with the privileges that node software takes",
        )
    if software and software.source is SoftwareSource.MANIFESTS:
        yield from _manifest_issues(pools)


def _manifest_issues(pools: Sequence[GpuPool]) -> Iterator[Issue]:
    """Check that plain manifests have nodes to run on and need not partition cards."""
    source = SoftwareSource.MANIFESTS
    if not pools:
        yield Issue(
            path=("gpuSoftware", "source"), found=f"{source}, but the stack has no pools", expected="pools to run on"
        )
    for index, pool in enumerate(pools):
        if pool.provisioner is not Provisioner.EXISTING and pool.sharing.profiles:
            yield Issue(
                path=("pools", index, "sharing", "strategy"),
                found=f"{pool.sharing.strategy} on new nodes with gpuSoftware.source {source}, without MIG manager",
                expected="gpuSoftware.source operator or present, or existing nodes",
            )


def model_pool_issues(model: Model, resources: ResourceClass, pools: Sequence[GpuPool]) -> Iterator[Issue]:
    """What a model that requests accelerators lacks, by path below the model."""
    request = resources.gpu_request
    if request is None:
        return
    devices = devices_for(resources, pools)
    if devices is None:
        stock = "; ".join(f"'{pool.name}' has {_stock(pool)}" for pool in pools[:_SHOWN_POOLS])
        yield Issue(
            path=("resources",),
            found=f"{shown(model.resources)}, {request} with {resources.cpu} CPU and {resources.memory} of memory",
            expected="a pool that can hold it" if pools else "pools among the stack's settings",
            hint=stock or "without pools, use gpus: whole GPUs of any node",
        )
        return
    if not model.runs_on(devices.vendor):
        yield Issue(
            path=("image",),
            found=f"missing: the platform has no build of {model.runtime} for {devices.vendor}",
            expected="an image of your own with its digest",
        )
    yield from _number_issues(model, devices, pools)
    yield from _disk_issues(model, pools_with(devices, pools))


def _disk_issues(model: Model, pools: Sequence[GpuPool]) -> Iterator[Issue]:
    """Check that a node can hold the copy that a pod makes, if the stack says how much disk the nodes have."""
    disks = {pool.name: pool.machine.disk for pool in pools if pool.machine}
    if model.volume or not disks or len(disks) < len(pools):
        return
    largest = max(disks, key=lambda name: quantity_value(disks[name]))
    copy = model.copy_mebibytes * 2**20
    if quantity_value(disks[largest]) < copy:
        yield Issue(
            path=("size",),
            found=f"{model.size}, and each pod keeps a copy, which takes {binary_quantity(copy)}",
            expected=f"no more than the {disks[largest]} of disk that a node of '{largest}' has",
            hint="with a volume, pods keep no copy",
        )


def _number_issues(model: Model, devices: Devices, pools: Sequence[GpuPool]) -> Iterator[Issue]:
    """Check that the minimum number of pods fits into the pools at their largest; a pod never spans nodes."""
    if not pools:
        return
    able = pools_with(devices, pools)
    room = sum(
        pool.max_nodes * (pool.cards_per_node * offer.per_card // devices.count)
        for pool in able
        for offer in pool.offers
        if offer.resource == devices.resource
    )
    pods = model.min_replicas * len(model.running)
    if pods > room:
        names = ", ".join(f"'{pool.name}'" for pool in able)
        yield Issue(
            path=("resources",),
            found=f"{shown(model.resources)}, {devices.count} x {devices.resource} for each of {pods} pods",
            expected=f"at most {room} pods, what {names} can hold at maxNodes",
        )


def _stock(pool: GpuPool) -> str:
    return f"{pool.accelerator} as {', '.join(map(_described, pool.offers))}"


def _described(offer: Offer) -> str:
    share = "" if offer.is_whole else f", share {_share(offer)}"
    return f"{offer.resource} ({_memory(offer)}{share})"


def _memory(offer: Offer) -> str:
    return f"{Decimal(offer.memory_gib.numerator) / offer.memory_gib.denominator:.4g}Gi"


def _share(offer: Offer) -> str:
    return f"1/{1 / offer.share}"
