"""What a stack may decide about the pack: the JSON of Pulumi's ``--policy-pack-config``, as a typed object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """What a finding does: stop the deployment, be told, or nothing (Pulumi's own words)."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class PodSecurity(StrEnum):
    """The Pod Security Standard that pods are held to."""

    BASELINE = "baseline"
    RESTRICTED = "restricted"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The pack's settings for one stack; the defaults are the strict ones.

    ``memory_factor`` is the least memory limit of a model server, in multiples of the model's size.
    ``cluster_scoped_kinds`` are custom kinds without a namespace, as ``group/Kind``, beyond those the pack knows.
    """

    levels: Mapping[str, Level] = field(default_factory=dict)
    pod_security: PodSecurity = PodSecurity.RESTRICTED
    require_digest: Level = Level.MANDATORY
    memory_factor: float = 2.5
    cluster_scoped_kinds: frozenset[str] = frozenset()

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> "Configuration":
        """Read what Pulumi hands to a policy: validated by ``SCHEMA``, and empty where nothing was configured."""
        values = {**_DEFAULTS, **properties}
        return cls(
            levels={rule: Level(level) for rule, level in values["levels"].items()},
            pod_security=PodSecurity(values["podSecurity"]),
            require_digest=Level(values["requireDigest"]),
            memory_factor=values["memoryFactor"],
            cluster_scoped_kinds=frozenset(values["clusterScopedKinds"]),
        )


_LEVELS = [level.value for level in Level]

SCHEMA: dict[str, dict[str, Any]] = {
    "levels": {
        "description": "Rule id to level, for rules whose own level does not suit the stack.",
        "type": "object",
        "propertyNames": {"pattern": r"^[A-Z]\d{2}$"},
        "additionalProperties": {"enum": _LEVELS},
        "default": {},
    },
    "podSecurity": {
        "description": "The Pod Security Standard that P01 to P15 apply.",
        "enum": [standard.value for standard in PodSecurity],
        "default": PodSecurity.RESTRICTED.value,
    },
    "requireDigest": {
        "description": "The level of an image without a digest (S01).",
        "enum": _LEVELS,
        "default": Level.MANDATORY.value,
    },
    "memoryFactor": {
        "description": "The least memory limit of a model server, in multiples of the model's size (M03).",
        "type": "number",
        "minimum": 1,
        "default": 2.5,
    },
    "clusterScopedKinds": {
        "description": "Custom kinds without a namespace (group/Kind), beyond those the pack knows (P19).",
        "type": "array",
        "items": {"type": "string", "pattern": "^[^/]+/[^/]+$"},
        "default": [],
    },
}

_DEFAULTS: Mapping[str, Any] = {name: schema["default"] for name, schema in SCHEMA.items()}
