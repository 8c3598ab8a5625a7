"""Names of Kubernetes objects that are made from the names of models and graphs: no two objects may have the same."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from settings.gpu.gpu_pool import GpuPool
from settings.graph.graph import Graph
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


def shared_name_issues(
    models: Sequence[Model], pools: Sequence[GpuPool], graphs: Sequence[Graph] = ()
) -> Iterator[tuple[int, Issue]]:
    """Models whose objects would have the name of another object of the same kind, by index.

    Only the kinds that have both the bare name of a model and longer ones can meet: `a-v1` is the Service of a model of
    that name, and that of version 1 of `a`. Every other name ends in the number of the version or in a fixed word.
    """
    owners = _owners(models, pools, graphs)
    for index, model in enumerate(models):
        yield from ((index, issue) for issue in _name_issues(model.name, owners))


def graph_name_issues(
    graphs: Sequence[Graph], models: Sequence[Model], pools: Sequence[GpuPool]
) -> Iterator[tuple[int, Issue]]:
    """Graphs that are called like a model, another graph, or an object of one of them, by index."""
    owners, names = _owners(models, pools, graphs), Counter(graph.name for graph in graphs)
    for index, graph in enumerate(graphs):
        if any(model.name == graph.name for model in models):
            found, expected = "also the name of a model", "another name: clients ask a graph as they ask a model"
            yield index, Issue(path=("name",), found=f"'{graph.name}', {found}", expected=expected)
        elif names[graph.name] > 1:
            found, expected = f"{names[graph.name]} times", "a different name for each graph"
            yield index, Issue(path=("name",), found=f"'{graph.name}', {found}", expected=expected)
        else:
            yield from ((index, issue) for issue in _name_issues(graph.name, owners))


def _owners(
    models: Sequence[Model], pools: Sequence[GpuPool], graphs: Sequence[Graph]
) -> Mapping[tuple[str, str], Sequence[str]]:
    """Whose an object is that has no bare name of a model or a graph, by its kind and name."""
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, owner in _OF_THE_NAMESPACE.items():
        owners[key].append(owner)
    for pool in pools:
        owners[_ACCOUNT, f"{pool.name}-spare"].append(f"pool '{pool.name}'")
    for model in models:
        for key in set(_longer(model)):
            owners[key].append(f"model '{model.name}'")
    for graph in graphs:
        owners[_POLICY, f"{graph.name}-models"].append(f"graph '{graph.name}'")
    return owners


def _name_issues(name: str, owners: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[Issue]:
    for kind in (_SERVICE, _POLICY, _ACCOUNT):
        if found := owners.get((kind, name)):
            yield Issue(
                path=("name",),
                found=f"'{name}', also the name of a {kind} of {found[0]}",
                expected="a name that no other object of the stack gets",
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
