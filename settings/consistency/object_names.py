"""Names of Kubernetes objects that are made from the names of models: no two objects may have the same."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from settings.gpu.gpu_pool import GpuPool
from settings.model.model import Model
from settings.model.release.progressive import ProgressiveRelease, release_services
from settings.validation.issues import Issue

_SERVICE, _POLICY, _ACCOUNT = "Service", "NetworkPolicy", "ServiceAccount"
_OF_THE_NAMESPACE: Mapping[tuple[str, str], str] = {
    (_ACCOUNT, "default"): "Kubernetes",
    (_ACCOUNT, "image-prepull"): "the platform",
    (_ACCOUNT, "model-verification"): "the platform",
    (_POLICY, "allow-dns"): "the platform",
    (_POLICY, "default-deny"): "the platform",
    (_POLICY, "mesh-proxies"): "the platform",
    (_POLICY, "model-verification"): "the platform",
    (_POLICY, "model-verification-servers"): "the platform",
}
"""Objects of the namespace that have names of their own, whether or not the stack has the part that makes them."""


def shared_name_issues(models: Sequence[Model], pools: Sequence[GpuPool]) -> Iterator[tuple[int, Issue]]:
    """Models whose objects would have the name of another object of the same kind, by index.

    Only the kinds that have both the bare name of a model and longer ones can meet: `a-v1` is the Service of a model of
    that name, and that of version 1 of `a`. Every other name ends in the number of the version or in a fixed word.
    """
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, owner in _OF_THE_NAMESPACE.items():
        owners[key].append(owner)
    for pool in pools:
        owners[_ACCOUNT, f"{pool.name}-spare"].append(f"pool '{pool.name}'")
    for model in models:
        for key in set(_longer(model)):
            owners[key].append(f"model '{model.name}'")
    for index, model in enumerate(models):
        for kind in (_SERVICE, _POLICY, _ACCOUNT):
            if found := owners.get((kind, model.name)):
                yield (
                    index,
                    Issue(
                        path=("name",),
                        found=f"'{model.name}', also the name of a {kind} of {found[0]}",
                        expected="a name that no other object of the stack gets",
                    ),
                )
                break


def _longer(model: Model) -> Iterator[tuple[str, str]]:
    """The objects of a model whose names are its own and more, in the kinds that also have one of its bare name."""
    if model.volume:
        yield _POLICY, f"{model.name}-import"
    if model.sampling:
        sampler = f"{model.name}-sampler"
        yield from ((kind, sampler) for kind in (_SERVICE, _POLICY))
        yield _POLICY, f"{model.name}-sampled"
    if isinstance(model.release, ProgressiveRelease):
        yield from ((_SERVICE, name) for name, _ in release_services(model.name))
    for version in model.versions:
        yield _SERVICE, f"{model.name}-v{version.version}"
        if model.stateful:
            yield _SERVICE, f"{model.name}-v{version.version}-pods"
