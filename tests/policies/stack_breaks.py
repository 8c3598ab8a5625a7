"""Changes to one object of the compliant stack that break how it goes together with others."""

from typing import Any

from tests.policies.break_ import of
from tests.policies.manifests import REMOVED

SELECTOR = "spec selector matchLabels app.kubernetes.io/name"

VIOLATIONS = [
    *of(
        "default-deny",
        ("N01", "spec policyTypes", ["Ingress"]),
        ("N01", "spec policyTypes", ["Egress"]),
        ("N01", "spec policyTypes", REMOVED),
        ("N01", "spec podSelector", {"matchLabels": {"a": "b"}}),
        ("N01", "spec ingress", [{"from": [{"podSelector": {}}]}]),
        ("N01", "spec egress", [{}]),
        ("N01", "metadata namespace", "elsewhere"),
    ),
    *of(
        "quota",
        ("M09", "spec hard requests.cpu", REMOVED),
        ("M09", "spec hard limits.memory", REMOVED),
        ("M09", "metadata namespace", "elsewhere"),
    ),
    *of(
        "limits",
        ("M09", "spec limits 0 default cpu", REMOVED),
        ("M09", "spec limits 0 type", "Pod"),
        ("M09", "metadata namespace", "elsewhere"),
    ),
    *of(
        "authentication",
        ("N03", "spec mtls mode", "PERMISSIVE"),
        ("N03", "spec mtls mode", "DISABLE"),
        ("N03", "spec mtls", REMOVED),
        ("N03", "spec portLevelMtls", {"8501": {"mode": "PERMISSIVE"}}),
        ("N03", "spec selector", {"matchLabels": {"a": "b"}}),
        ("N03", "metadata namespace", "elsewhere"),
    ),
    *of(
        "deny",
        ("N06", "spec action", "AUDIT"),
        ("N06", "spec selector", {"matchLabels": {"a": "b"}}),
        ("N06", "spec rules", [{}]),
        ("N06", "metadata namespace", "elsewhere"),
    ),
    *of("allow", ("N06", "spec rules 0 from", REMOVED), ("N06", "spec rules 0", {"to": [{"operation": {}}]})),
    *of(
        "autoscaler",
        ("M05", "spec minReplicas", 1),
        ("M05", "spec minReplicas", REMOVED),
        ("M05", "spec maxReplicas", 51),
        ("M05", "spec maxReplicas", 1),
        ("M05", "spec maxReplicas", REMOVED),
        ("M05", "spec scaleTargetRef name", "other"),
        ("M05", "spec scaleTargetRef kind", "StatefulSet"),
        ("M05", "metadata namespace", "elsewhere"),
    ),
    *of("server", ("M05", "spec replicas", 3)),
    *of(
        "budget",
        ("M06", "spec maxUnavailable", 0),
        ("M06", "spec maxUnavailable", "0%"),
        ("M06", "spec maxUnavailable", REMOVED),
        ("M06", "spec", {"minAvailable": 2, "selector": {"matchLabels": {"app.kubernetes.io/name": "mnist"}}}),
        ("M06", "spec", {"minAvailable": "100%", "selector": {"matchLabels": {"app.kubernetes.io/name": "mnist"}}}),
        ("M06", SELECTOR, "other"),
        ("M06", "spec selector", {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "DoesNotExist"}]}),
        ("M06", "metadata namespace", "elsewhere"),
    ),
    *of(
        "monitor",
        ("M10", "spec selector", {"matchLabels": {"a": "b"}}),
        ("M10", "spec namespaceSelector", {"matchNames": ["elsewhere"]}),
        ("M10", "metadata namespace", "elsewhere"),
    ),
    *of("service", ("M10", "metadata labels", REMOVED), ("M10", "spec selector", {"a": "b"})),
    *of("alerts", ("M10", "spec groups", []), ("M10", "spec groups 0 rules 0", {"record": "mnist", "expr": "mnist"})),
    *of(
        "alerts",
        ("M10", "spec groups 0 rules 0 expr", "vector(1)"),
        ("M10", "spec groups 0 rules 0 expr", 'absent(up{namespace="models"})'),
    ),
    *of(
        "backups",
        ("D10", "spec template includedNamespaces", ["velero"]),
    ),
]

# What is allowed although it comes close to a violation.
ALLOWED = [
    *of("budget", ("", "spec", {"minAvailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": "mnist"}}})),
    *of("budget", ("", "spec maxUnavailable", "34%")),
    *of("authentication", ("", "metadata namespace", "istio-system")),
    *of("deny", ("", "metadata namespace", "istio-system")),
    *of("deny", ("", "spec action", "ALLOW")),
    *of("monitor", ("", "spec namespaceSelector", {"any": True}), ("", "spec selector", {})),
    *of("alerts", ("", "spec groups 0 rules 0 expr", 'up{service="mnist"} == 0')),
    *of("backups", ("", "spec template includedNamespaces", REMOVED)),
]

# The property that each rule reads, to be made unknown or malformed.
READ_BY: dict[str, tuple[str, str]] = {
    "N01": ("default-deny", "spec podSelector"),
    "N03": ("authentication", "spec mtls mode"),
    "N06": ("deny", "spec rules"),
    "M05": ("autoscaler", "spec minReplicas"),
    "M06": ("budget", "spec selector matchLabels"),
    "M09": ("quota", "spec hard requests.cpu"),
    "M10": ("monitor", "spec selector"),
    "D10": ("backups", "spec template includedNamespaces"),
}

ABSURD: tuple[Any, ...] = ([[1.5, {}]], 1e300, True, "")
