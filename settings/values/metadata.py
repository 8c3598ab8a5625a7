"""Annotations and labels that a stack adds to objects: their names, and the domains that are not a stack's to use."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.values.text import DnsSubdomain, matching, named_text

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_LABEL_VALUE = rf"(?:{_NAME})?"
_DOMAIN = r"(?:(?=[a-z0-9.-]{1,253}/)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?/)?"
_MOST_CHARACTERS = 16_384

_MESH, _STORAGE = "mesh decides it", "storage.identity decides which container has a role"
_RESERVED: Mapping[str, str] = {
    "inference": "the platform writes these itself",
    "app.kubernetes.io": "workloads and network policies select pods by these",
    "pulumi.com": "deployments read these",
    "istio.io": _MESH,
    "prometheus.io": "monitoring decides what is scraped",
    "iam.amazonaws.com": _STORAGE,
    "eks.amazonaws.com": _STORAGE,
    "iam.gke.io": _STORAGE,
    "azure.workload.identity": _STORAGE,
    "kubernetes.io": "Kubernetes reads these",
    "k8s.io": "Kubernetes reads these",
}
# What cloud providers and controllers took below Kubernetes' own domain.
_NOT_RESERVED = (
    *("service.beta.kubernetes.io", "service.kubernetes.io", "ingress.kubernetes.io"),
    "cluster-autoscaler.kubernetes.io",
)


def is_in(domain: str, domains: Iterable[str]) -> bool:
    """Whether a domain is one of ``domains`` or below one."""
    return any(domain == each or domain.endswith(f".{each}") for each in domains)


def domain_of(name: str) -> str:
    """The domain of an annotation or label; empty for a name without one, which is nobody's."""
    return name.rpartition("/")[0]


def _not_reserved(domain: str) -> str:
    if not is_in(domain, _NOT_RESERVED):
        for reserved, why in _RESERVED.items():
            if is_in(domain, [reserved]):
                refuse(f"another domain than {reserved}", why)
    return domain


def _not_the_platforms(name: str) -> str:
    _not_reserved(domain_of(name))
    return name


MetadataName = Annotated[
    str,
    matching(_DOMAIN + _NAME, "a name such as team or example.org/team: at most 63 characters after the domain"),
    AfterValidator(_not_the_platforms),
    named_text("name"),
]
"""The name of an annotation or label, with or without a domain."""

MetadataDomain = Annotated[DnsSubdomain, AfterValidator(_not_reserved)]
"""A domain of annotations and labels that a stack may allow."""

LabelValue = Annotated[
    str,
    matching(_LABEL_VALUE, "at most 63 letters, digits, '-', '_' and '.', the first and last a letter or digit"),
    named_text("text"),
]
AnnotationValue = Annotated[
    str,
    matching(
        # Neither control characters nor halves of a character, which YAML cannot have.
        rf"[^\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]{{0,{_MOST_CHARACTERS}}}",
        f"printable text of at most {_MOST_CHARACTERS} characters",
    ),
    named_text("text"),
]
LabelName = Annotated[
    str, matching(_DOMAIN + _NAME, "the name of a label, such as app.kubernetes.io/name"), named_text("name")
]
SelectedLabels = Mapping[LabelName, LabelValue]
"""Labels of pods that others have made, by which they are found."""
Annotations = Mapping[MetadataName, AnnotationValue]
Labels = Mapping[MetadataName, LabelValue]
