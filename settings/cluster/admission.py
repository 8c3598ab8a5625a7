"""Rules that the API server enforces in the stack's namespace."""

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
    "P20",
    *("S01", "S02", "S03"),
    *(f"R{number:02}" for number in range(1, 9)),
    *("N02", "N05", "N07", "N08", "N10", "D01"),
    *("M01", "M02", "M03", "M04", "M12"),
)
"""The rules of the policy pack that the API server can apply as well (docs/adr/0014-rules-at-admission.md)."""

_REGISTRY = re.compile(r"[^/:@\s]+(:\d+)?(/[^:@\s]*[^/:@\s])?")
_RESOURCE = re.compile(r"[A-Z][A-Za-z]+/[a-z0-9-]+/[a-z0-9.-]+")

# The same as in the policy pack; a test compares them.
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
    """What happens to an object that violates a mandatory rule. YAML would read ``off`` as a boolean."""

    DENY = "deny"
    WARN = "warn"
    NONE = "none"


class RuleLevel(StrEnum):
    """Enforcement level of a rule, in the terms of the policy configuration."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


def _known_rule(rule: str) -> str:
    if rule not in ADMISSION_RULES:
        refuse(f"a rule enforced at admission: {listed(ADMISSION_RULES)}", did_you_mean(rule, ADMISSION_RULES))
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
    """A resource that may violate a rule, along with everything its controllers create. The policy configuration states
    the reason, the owner and the expiry."""

    rule: RuleId
    """The rule."""
    resource: ResourceName
    """The resource, as the policy configuration names it."""


class Admission(Section):
    """Rules of the policy pack that the API server enforces in the stack's namespace, whoever sends the request.
    All keys except `action` must match the stack's policy configuration (`policies/config/`)."""

    action: AdmissionAction = AdmissionAction.DENY
    """Whether a violation of a mandatory rule is denied, only warned about, or not checked."""
    levels: Mapping[RuleId, RuleLevel] = Field(default_factory=dict)
    """Levels of rules that differ from the pack's."""
    require_digest: RuleLevel = RuleLevel.MANDATORY
    """Level of an image without a digest (S01)."""
    require_signature: RuleLevel = RuleLevel.ADVISORY
    """Level of a model that is verified without a signer's key (S03); with `signing` it can be `mandatory`."""
    registries: tuple[Registry, ...] = Field(default_factory=lambda: _REGISTRIES)
    """Registries, or repositories in them, that images may come from (S02); without it, those of the pack."""
    exemptions: tuple[AdmissionExemption, ...] = ()
    """Resources that may violate a rule."""

    def level_of(self, rule: str, own: RuleLevel) -> RuleLevel:
        """The level of a rule; ``own`` is the one of the pack, which the stack may override."""
        return self.levels.get(rule, own)

    def exempt_from(self, rule: str) -> tuple[str, ...]:
        """The resources that may violate ``rule``."""
        return tuple(exemption.resource for exemption in self.exemptions if exemption.rule == rule)

    def namespace_issues(self, namespace: str) -> Iterator[Issue]:
        """The exemptions that have no effect in the stack's ``namespace``."""
        for index, exemption in enumerate(self.exemptions):
            kind, of, name = exemption.resource.split("/")
            if of != namespace:
                yield Issue(
                    path=("exemptions", index, "resource"),
                    found=shown(exemption.resource),
                    expected=f"a resource in the stack's namespace '{namespace}'",
                    hint=f"did you mean '{kind}/{namespace}/{name}'?",
                )
