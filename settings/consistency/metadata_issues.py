"""Annotations and labels of a domain that the stack does not allow."""

from collections.abc import Iterator, Mapping, Sequence

from settings.cluster.cluster import Cluster
from settings.cluster.ingress import Ingress
from settings.model.model import Model
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean, shown
from settings.values.metadata import domain_of, is_in


def metadata_issues(cluster: Cluster, ingress: Ingress | None, models: Sequence[Model]) -> Iterator[Issue]:
    """Check that every domain of an added annotation or label is one of ``cluster.metadataDomains``."""
    if ingress:
        yield from _issues(cluster, ("ingress", "annotations"), ingress.annotations)
    for index, model in enumerate(models):
        for key, added in (
            ("podAnnotations", model.pod_annotations),
            ("podLabels", model.pod_labels),
            ("serviceAnnotations", model.service_annotations),
        ):
            yield from _issues(cluster, ("models", index, key), added)


def _issues(cluster: Cluster, path: tuple[str | int, ...], added: Mapping[str, str]) -> Iterator[Issue]:
    allowed = cluster.metadata_domains
    for name in added:
        domain = domain_of(name)
        if domain and not is_in(domain, allowed):
            yield Issue(
                path=(*path, name),
                found=f"of domain {shown(domain)}",
                expected="a domain of cluster.metadataDomains, or a name without one",
                hint=did_you_mean(domain, allowed) or f"add {domain} there, once you know who reads it",
            )
