"""What the API server itself refuses in the stack's namespace."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.validation.issues import Issue, refuse
from settings.validation.section import Section
from settings.validation.words import did_you_mean, listed, shown
from settings.values.text import named_text

ADMISSION_RULES = (
    *(f"P{number:02}" for number in range(1, 18)),
    *("S01", "S02", "S03"),
    *(f"R{number:02}" for number in range(1, 9)),
    *("N02", "N05", "N07", "N08", "D01"),
    *("M01", "M02", "M03", "M04"),
)
"""The rules of the policy pack that the API server can apply as well (docs/adr/0014-rules-at-admission.md)."""

_REGISTRY = re.compile(r"[^/:@\s]+(:\d+)?(/[^:@\s]*[^/:@\s])?")
_RESOURCE = re.compile(r"[A-Z][A-Za-z]+/[a-z0-9-]+/[a-z0-9.-]+")

# Those of the policy pack, which a test compares.
_REGISTRIES = (
    "docker.elastic.co",
    "docker.io/fluent",
    "docker.io/grafana",
    "docker.io/istio",
    "docker.io/otel",
    "docker.io/prom",
    "docker.io/pytorch",
    "docker.io/rclone",
    "docker.io/rocm",
    "docker.io/tensorflow",
    "docker.io/weaveworks",
    "gcr.io/distroless",
    "ghcr.io/fluxcd",
    "ghcr.io/kedacore",
    "nvcr.io/nvidia",
    "public.ecr.aws/karpenter",
    "quay.io/argoproj",
    "quay.io/jetstack",
    "quay.io/prometheus",
    "quay.io/prometheus-operator",
    "quay.io/thanos",
    "registry.istio.io",
    "registry.k8s.io",
    "vault.habana.ai",
)


class AdmissionAction(StrEnum):
    """What becomes of an object that breaks a mandatory rule. YAML would read the word ``off`` as a boolean."""

    DENY = "deny"
    WARN = "warn"
    NONE = "none"


class RuleLevel(StrEnum):
    """What a rule does, in the words of the policy configuration."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


def _known_rule(rule: str) -> str:
    if rule not in ADMISSION_RULES:
        refuse(f"a rule that admission has: {listed(ADMISSION_RULES)}", did_you_mean(rule, ADMISSION_RULES))
    return rule


def _registry(text: str) -> str:
    if not _REGISTRY.fullmatch(text):
        refuse("a registry, or a repository in it, without tag, such as registry.k8s.io or docker.io/tensorflow")
    return text


def _resource(text: str) -> str:
    if not _RESOURCE.fullmatch(text):
        refuse("Kind/namespace/name, such as Deployment/models-prod/iris-v1")
    return text


RuleId = Annotated[str, AfterValidator(_known_rule), named_text("rule")]
Registry = Annotated[str, AfterValidator(_registry), named_text("registry")]
ResourceName = Annotated[str, AfterValidator(_resource), named_text("`Kind/namespace/name`")]


class AdmissionExemption(Section):
    """A resource that may break a rule, and with it whatever its controllers make of it. The policy configuration says
    why, who answers for it and until when."""

    rule: RuleId
    """The rule."""
    resource: ResourceName
    """The resource, as the policy configuration names it."""


class Admission(Section):
    """Rules of the policy pack that the API server applies to everything in the stack's namespace, whoever sends it.
    All but `action` must say what the stack's policy configuration (`policies/config/`) says."""

    action: AdmissionAction = AdmissionAction.DENY
    """Whether what breaks a mandatory rule is refused, only warned of, or not looked at."""
    levels: Mapping[RuleId, RuleLevel] = Field(default_factory=dict)
    """Rules whose own level does not suit the stack."""
    require_digest: RuleLevel = RuleLevel.MANDATORY
    """Level of an image without a digest (S01)."""
    require_signature: RuleLevel = RuleLevel.ADVISORY
    """Level of a model that is verified without a signer's key (S03); with `signing` it can be `mandatory`."""
    registries: tuple[Registry, ...] = Field(default_factory=lambda: _REGISTRIES)
    """Registries, or repositories in them, that images may come from (S02); without it, those of the pack."""
    exemptions: tuple[AdmissionExemption, ...] = ()
    """What may break a rule."""

    def level_of(self, rule: str, own: RuleLevel) -> RuleLevel:
        """The level of a rule whose ``own`` level the stack may have changed."""
        return self.levels.get(rule, own)

    def exempt_from(self, rule: str) -> tuple[str, ...]:
        """The resources that may break ``rule``."""
        return tuple(exemption.resource for exemption in self.exemptions if exemption.rule == rule)

    def namespace_issues(self, namespace: str) -> Iterator[Issue]:
        """The exemptions that are of no use in the stack's ``namespace``."""
        for index, exemption in enumerate(self.exemptions):
            kind, of, name = exemption.resource.split("/")
            if of != namespace:
                yield Issue(
                    path=("exemptions", index, "resource"),
                    found=shown(exemption.resource),
                    expected=f"a resource in the stack's namespace '{namespace}'",
                    hint=f"did you mean '{kind}/{namespace}/{name}'?",
                )
