"""The schema of the pack's configuration, which Pulumi validates a stack's against, with its strict defaults."""

from collections.abc import Mapping
from typing import Any

_LEVELS = ["mandatory", "advisory", "disabled"]
_RULE_ID = r"^[A-Z]\d{2}$"

# Where the publishers of what the platform runs keep their images: whole registries only where nobody else can push.
_REGISTRIES = [
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
]


# What the runtimes' libraries read, and by what they would read and write elsewhere or load other code. TEMP is where
# TorchServe unpacks archives.
_SERVER_VARIABLES = [
    *("TF_*", "TORCH_*", "PYTORCH_*", "TEMP"),
    *("OMP_*", "KMP_*", "GOMP_*", "MKL_*", "DNNL_*", "ONEDNN_*", "NCCL_*", "CUBLAS_*", "CUDNN_*"),
    *("CUDA_CACHE_DISABLE", "CUDA_CACHE_MAXSIZE", "CUDA_DEVICE_MAX_CONNECTIONS", "CUDA_DEVICE_ORDER"),
    *("CUDA_LAUNCH_BLOCKING", "CUDA_MODULE_LOADING"),
    *("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "LANG", "LC_ALL", "TZ"),
]
_UNSAFE_SERVER_VARIABLES = [
    *("*_PATH", "*_FILE", "*_DIR", "*_HOME", "*_PREFIX"),
    *("*PLUGIN*", "*LIBRAR*", "*PRELOAD*", "*INJECTION*", "*MODULE_SEARCH*"),
]


def _texts(description: str, default: list[str], pattern: str = ".") -> dict[str, Any]:
    items = {"type": "string", "pattern": pattern}
    return {"description": description, "type": "array", "items": items, "default": default}


SCHEMA: dict[str, dict[str, Any]] = {
    "levels": {
        "description": "Levels by rule id, for rules whose default level does not suit the stack.",
        "type": "object",
        "propertyNames": {"pattern": _RULE_ID},
        "additionalProperties": {"enum": _LEVELS},
        "default": {},
    },
    "exemptions": {
        "description": "Accepted violations: rule, resource, reason, owner and last day (X01).",
        "type": "array",
        "items": {
            "type": "object",
            "required": ["rule", "resource", "reason", "owner", "expires"],
            "additionalProperties": False,
            "properties": {
                "rule": {"type": "string", "pattern": _RULE_ID},
                "resource": {"description": "Kind/namespace/name, or Kind/name.", "type": "string", "pattern": "/"},
                "reason": {"type": "string", "pattern": "^.{10,}$"},
                "owner": {"type": "string", "pattern": "^.+$"},
                "expires": {"description": "YYYY-MM-DD, the last day that it holds.", "type": "string"},
            },
        },
        "default": [],
    },
    "podSecurity": {
        "description": "The Pod Security Standard that P01 to P15 apply.",
        "enum": ["baseline", "restricted"],
        "default": "restricted",
    },
    "requireDigest": {
        "description": "The level of an image without a digest (S01).",
        "enum": _LEVELS,
        "default": "mandatory",
    },
    "requireSignature": {
        "description": "The level of a model that is verified without its signer's public key (S03).",
        "enum": _LEVELS,
        "default": "advisory",
    },
    "production": {
        "description": "Whether real users depend on the stack (M05, M11 and D02 are stricter).",
        "type": "boolean",
        "default": True,
    },
    "strict": {
        "description": "Whether a value that is unknown in preview counts as a violation of the rule that needs it.",
        "type": "boolean",
        "default": False,
    },
    "memoryFactor": {
        "description": "The minimum memory limit of a model server, as a multiple of the model's size (M03).",
        "type": "number",
        "minimum": 1,
        "default": 2.5,
    },
    "clusterScopedKinds": _texts(
        "Custom kinds without a namespace (group/Kind), beyond those the pack knows (P19).", [], "^[^/]+/[^/]+$"
    ),
    "systemNamespaces": {
        "description": "Namespaces whose pods need more than Pod Security allows, and why (P18, N01).",
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 10},
        "default": {},
    },
    "registries": _texts(
        "Registries, or repositories in them, that images may come from (S02).",
        _REGISTRIES,
        r"^[^/:@]+(:\d+)?(/[^:@]*[^/:@])?$",
    ),
    "serverVariables": _texts(
        "Environment variables that model servers may have, * standing for any text (P22).", _SERVER_VARIABLES
    ),
    "unsafeServerVariables": _texts(
        "Variables that none of those with a * stands for (P22).", _UNSAFE_SERVER_VARIABLES
    ),
    "metadataDomains": _texts(
        "Domains of annotations and labels that model servers may have, beside the platform's (P22).", []
    ),
    "regions": _texts("Regions that data may be kept and processed in; empty: any (D08, D09).", []),
    "encryptedStorageClasses": _texts("Storage classes that encrypt with a customer-managed key (D04).", []),
    "dataClasses": _texts(
        "Values that the label inference/data-class may have (D09).", ["public", "internal", "confidential", "personal"]
    ),
    "logRetentionDays": {
        "description": "How many days logs are kept at least (D06); China's Cybersecurity Law requires six months.",
        "type": "number",
        "minimum": 1,
        "default": 180,
    },
    "logRetentionDaysMaximum": {
        "description": "How many days logs are kept at most (D06); the GDPR asks that they are not kept for ever.",
        "type": "number",
        "minimum": 1,
        "default": 730,
    },
    "maxReplicas": {
        "description": "The highest maximum that an autoscaler may have (M05).",
        "type": "number",
        "minimum": 1,
        "default": 50,
    },
    "meshRootNamespace": {
        "description": "The namespace whose Istio policies hold for the whole mesh (N03, N06).",
        "type": "string",
        "minLength": 1,
        "default": "istio-system",
    },
}

DEFAULTS: Mapping[str, Any] = {name: schema["default"] for name, schema in SCHEMA.items()}

FINDING_FORMAT = "findingFormat"
AS_JSON = "json"

REPORTING_SCHEMA: dict[str, dict[str, Any]] = {
    FINDING_FORMAT: {
        "description": "How a policy reports its findings: as text for people, or as JSON objects for programs.",
        "enum": ["text", AS_JSON],
        "default": "text",
    },
}
"""What each policy that judges is configured with, besides the rules' own configuration."""

WITH_ADVICE = "withAdvice"

ADVICE_SCHEMA: dict[str, dict[str, Any]] = {
    WITH_ADVICE: {
        "description": "With JSON objects: whether the advice is reported too, for programs that read its level there. "
        "Pulumi takes everything that is reported here for a violation.",
        "type": "boolean",
        "default": False,
    },
}
"""What a policy that stops a deployment is configured with, so that the one for its advice need not run."""
