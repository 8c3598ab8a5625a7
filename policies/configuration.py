"""A stack's configuration of the pack: the JSON of Pulumi's ``--policy-pack-config`` as a typed object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from configuration_schema import DEFAULTS
from exemption import Exemption


class Level(StrEnum):
    """What a finding does, in Pulumi's terms: stop the deployment, be reported, or nothing."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class PodSecurity(StrEnum):
    """The Pod Security Standard that pods are held to."""

    BASELINE = "baseline"
    RESTRICTED = "restricted"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The pack's settings for one stack; the schema describes them, and its defaults are the strict ones."""

    levels: Mapping[str, Level]
    pod_security: PodSecurity
    require_digest: Level
    require_signature: Level
    production: bool
    strict: bool
    memory_factor: float
    cluster_scoped_kinds: frozenset[str]
    system_namespaces: Mapping[str, str]
    registries: tuple[str, ...]
    server_variables: tuple[str, ...]
    unsafe_server_variables: tuple[str, ...]
    metadata_domains: tuple[str, ...]
    regions: tuple[str, ...]
    encrypted_storage_classes: frozenset[str]
    data_classes: frozenset[str]
    log_retention_days: float
    log_retention_days_maximum: float
    max_replicas: float
    mesh_root_namespace: str
    exemptions: tuple[Exemption, ...] = field(default_factory=tuple)

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> "Configuration":
        """Read what Pulumi hands to a policy: validated by the schema, and empty where nothing was configured."""
        values = {**DEFAULTS, **properties}
        return cls(
            levels={rule: Level(level) for rule, level in values["levels"].items()},
            pod_security=PodSecurity(values["podSecurity"]),
            require_digest=Level(values["requireDigest"]),
            require_signature=Level(values["requireSignature"]),
            production=values["production"],
            strict=values["strict"],
            memory_factor=values["memoryFactor"],
            cluster_scoped_kinds=frozenset(values["clusterScopedKinds"]),
            system_namespaces=values["systemNamespaces"],
            registries=tuple(values["registries"]),
            server_variables=tuple(values["serverVariables"]),
            unsafe_server_variables=tuple(values["unsafeServerVariables"]),
            metadata_domains=tuple(values["metadataDomains"]),
            regions=tuple(values["regions"]),
            encrypted_storage_classes=frozenset(values["encryptedStorageClasses"]),
            data_classes=frozenset(values["dataClasses"]),
            log_retention_days=values["logRetentionDays"],
            log_retention_days_maximum=values["logRetentionDaysMaximum"],
            max_replicas=values["maxReplicas"],
            mesh_root_namespace=values["meshRootNamespace"],
            exemptions=tuple(Exemption.from_properties(*entry) for entry in enumerate(values["exemptions"])),
        )


DEFAULT = Configuration.from_properties({})
"""The configuration of a stack that configures nothing."""
