"""Changes to the other objects of the compliant stack, and the rules that speak of each."""

from tests.policies import proxy_breaks
from tests.policies.break_ import Break, of
from tests.policies.manifests import REMOVED

PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n"
LABELS = "metadata labels"
ENFORCE = f"{LABELS} pod-security.kubernetes.io/enforce"
POD_REASON = "inference/pod-creation-reason"
EXPLAINED = ("metadata annotations", {POD_REASON: "models are Deployments"})
API_SERVER = "spec kubeadmConfigSpec clusterConfiguration apiServer extraArgs"
MIN_AGE = "spec elasticsearch indexLifecyclePolicies logs phases delete min_age"
ANYBODY = {"anonymous-auth": "true", "token-auth-file": "/t", "insecure-port": "8080"}
ANYBODY |= {"enable-admission-plugins": "AlwaysAdmit", "disable-admission-plugins": "PodSecurity"}
METADATA = {"address": "169.254.169.254"}
WHY_OPEN = ("metadata annotations", {"inference/fails-open-reason": "counts what the next version refuses"})
SSL_REDIRECT = "metadata annotations nginx.ingress.kubernetes.io/ssl-redirect"


def granting(verb: str, resource: str, group: str = "") -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb]}


VIOLATIONS = [
    *of(
        "models",
        ("P18", ENFORCE, REMOVED),
        ("P18", ENFORCE, "baseline"),
        ("P18", f"{ENFORCE}-version", "oldest"),
        ("N07", f"{LABELS} istio-injection", "disabled"),
    ),
    *of(
        "role",
        ("R02", "rules 0 verbs", ["*"]),
        ("R02", "rules 0 apiGroups", ["*"]),
        ("R02", "rules 0 resources 0", "*/scale"),
        ("R02", "rules 0 nonResourceURLs", ["/*"]),
        ("R03", "rules 1 resourceNames", REMOVED),
        ("R03", "rules 0 resources", ["configmaps", "secrets"]),
        ("R02 R03", "rules 1", {**granting("*", "secrets")}),
        ("R04", "rules 0", granting("create", "pods")),
        ("R04", "rules 0", granting("create", "pods/exec")),
        ("R04", "rules 0", granting("create", "deployments", "apps")),
        ("R04", "rules 0", granting("get", "pods/attach")),
        ("R05", "rules 0 verbs 0", "impersonate"),
        ("R05", "rules 0 verbs", ["bind", "escalate"]),
        ("R06", "rules 0", granting("get", "nodes/proxy")),
        ("R06", "rules 0", granting("create", "serviceaccounts/token")),
        ("R06", "rules 0", granting("create", "persistentvolumes")),
        ("R06", "rules 0", granting("update", "certificatesigningrequests/approval", "certificates.k8s.io")),
        ("R06", "rules 0", granting("patch", "mutatingwebhookconfigurations", "admissionregistration.k8s.io")),
    ),
    Break("R04", "rules 0", granting("create", "pods/exec"), "role", EXPLAINED),
    Break("R04", "rules 0", granting("create", "jobs", "batch"), "role", (EXPLAINED[0], {POD_REASON: "  "})),
    *of(
        "binding",
        ("R01", "roleRef", {"kind": "ClusterRole", "name": "cluster-admin"}),
        ("R08", "subjects 0 name", "system:masters"),
        ("R08", "subjects 0 name", "system:anonymous"),
        ("R08", "subjects 0 name", "system:unauthenticated"),
        ("R07", "subjects 0 name", "default"),
    ),
    *of("account", *(("R07", "automountServiceAccountToken", value) for value in (True, REMOVED))),
    *of(
        "allow-clients",
        ("N02", "spec ingress 0 from", REMOVED),
        ("N02", "spec egress 0 to", []),
        ("N02", "spec egress 0 to 0 ipBlock cidr", "0.0.0.0/0"),
        ("N02", "spec egress 0 to 0 ipBlock cidr", "::/0"),
        ("N02", "spec egress 0 to 0 ipBlock cidr", "128.0.0.0/1"),
        ("N02", "spec egress 0 to 0 ipBlock cidr", "everywhere"),
        ("N02", "spec ingress 0 from 0 namespaceSelector", {}),
    ),
    *of(
        "destination",
        ("N04", "spec trafficPolicy tls mode", "DISABLE"),
        ("N04", "spec trafficPolicy portLevelSettings 0 tls mode", "DISABLE"),
        ("N04", "spec subsets 0 trafficPolicy tls mode", "DISABLE"),
    ),
    *of(
        "istio",
        ("N05", "spec servers 0 hosts", ["*"]),
        ("N05", "spec servers 0 hosts 0", "gateway/*.example"),
        ("N05", "spec servers 0 tls", REMOVED),
        ("N05", "spec servers 0 tls minProtocolVersion", "TLSV1_1"),
        ("N05", "spec servers 1 tls httpsRedirect", False),
    ),
    *of(
        "gateway",
        ("N05", "spec listeners 0 protocol", "HTTP"),
        ("N05", "spec listeners 0 hostname", REMOVED),
        ("N05", "spec listeners 0 hostname", "*.example"),
        ("N05", "spec listeners 0 tls certificateRefs", REMOVED),
        ("N05", "spec listeners 0 tls options", {"example/protocols": "TLSv1 TLSv1.2"}),
        ("N05", "spec listeners 0 allowedRoutes", {"namespaces": {"from": "All"}}),
    ),
    *of("route", ("N05", "spec hostnames", REMOVED), ("N05", "spec hostnames", ["*.example"])),
    *of("virtual", ("N05", "spec hosts", ["*"])),
    *of(
        "ingress",
        ("N05", "spec tls", REMOVED),
        ("N05", "spec tls 0 hosts", ["other.example"]),
        ("N05", "spec rules 0 host", REMOVED),
        ("N05", "spec rules 0 host", "*.example"),
        ("N05", "spec defaultBackend", {"service": {"name": "service"}}),
        ("N05", SSL_REDIRECT, "false"),
    ),
    *of(
        "service",
        ("N08", "spec type", "LoadBalancer"),
        ("N08", "spec type", "NodePort"),
        ("N08", "spec externalIPs", ["192.0.2.1"]),
    ),
    *of(
        "configuration",
        ("D01", "data password", "hunter2"),
        ("D01", "data server.yaml", "user: server\npassword: hunter2\n"),
        ("D01", "data tls.key", PRIVATE_KEY),
    ),
    *of("configuration", ("D07", "data roles.yml", "shipper: {indices: [{names: [logs-*], privileges: [write]}]}")),
    *of("secret", ("D02", "stringData", {"password": "hunter2"}), ("D02", "data", {"password": "aHVudGVyMg=="})),
    *of(
        "encrypted",
        ("D03", "parameters encrypted", "false"),
        ("D03", "parameters kmsKeyId", REMOVED),
        ("D03", "parameters", REMOVED),
        ("D03", "provisioner", "disk.csi.azure.com"),
        ("D08", "allowedTopologies 0 matchLabelExpressions 0 values 0", "us-east-1a"),
    ),
    *of(
        "claim",
        ("D04", "spec storageClassName", REMOVED),
        ("D04", "spec storageClassName", "standard"),
        ("D09", f"{LABELS} inference/data-class", REMOVED),
        ("D09", f"{LABELS} inference/data-class", "whatever"),
        ("D09", f"{LABELS} inference/residency", REMOVED),
        ("D09", f"{LABELS} inference/residency", "us-east-1"),
    ),
    *of("volume", ("D04", "spec storageClassName", "standard"), ("P17 P03", "spec local path", "/run")),
    *of(
        "logs",
        ("D04", "spec nodeSets 0 volumeClaimTemplates 0 spec storageClassName", "standard"),
        ("D05", "spec nodeSets 0 config", {"xpack.security.audit.enabled": False}),
        ("D05", "spec nodeSets 0 config", {"xpack": {"security": {"audit": {"enabled": False}}}}),
        ("D05", "spec nodeSets 0 config", REMOVED),
        ("D07", "spec volumeClaimDeletePolicy", REMOVED),
        ("D09", f"{LABELS} inference/data-class", REMOVED),
    ),
    *of("telemetry", ("D05", "spec accessLogging 0 disabled", True)),
    *of("lifecycles", ("D06", MIN_AGE, "30d"), ("D06", MIN_AGE, "4319h"), ("D06", MIN_AGE, "soon")),
    *of(
        "loki",
        ("D06", "spec limits global retention days", 90),
        ("D06", "spec limits global retention streams 0 days", 7),
        ("D06", "spec limits tenants", {"audit": {"retention": {"days": 30}}}),
    ),
    *of(
        "cluster",
        ("D05", f"{API_SERVER} audit-policy-file", REMOVED),
        ("D05", f"{API_SERVER} audit-log-path", REMOVED),
        *(("D06", f"{API_SERVER} audit-log-maxage", days) for days in ("30", "0", "1000", REMOVED)),
        *(("D06", f"{API_SERVER} audit-log-{limit}", "5") for limit in ("maxbackup", "maxsize")),
        (
            "D06",
            API_SERVER,
            [
                {"name": n, "value": v}
                for n, v in (("audit-policy-file", "/a"), ("audit-log-path", "/b"), ("audit-log-maxage", "7"))
            ],
        ),
        *(("R10", f"{API_SERVER} authorization-mode", modes) for modes in ("Node,AlwaysAllow", "Node")),
        *(("R10", f"{API_SERVER} {flag}", value) for flag, value in ANYBODY.items()),
    ),
    *of(
        "webhook",
        ("R09", "webhooks 0 failurePolicy", "Ignore"),
        ("R09", "webhooks 0 clientConfig", {"url": "http://a"}),
    ),
    *of("policy", ("R09", "spec failurePolicy", "Ignore")),
    *of("enforced", ("R09", "spec validationActions", ["Audit"]), ("R09", "spec validationActions", [])),
    *of("entry", ("N09", "spec hosts 0", "*"), ("N09", "spec hosts 0", "*.com"), ("N09", "spec endpoints", [METADATA])),
    *of("slice", ("N09", "endpoints 0 addresses 0", "169.254.169.254"), ("N09", "endpoints 0 addresses 0", "::1")),
    *proxy_breaks.VIOLATIONS,
    *of("priority", ("M12", "value", 1_000_000_000), ("M12", "globalDefault", True)),
    *of("job", ("M13", "spec activeDeadlineSeconds", REMOVED)),
    *of("budget", ("M14", "apiVersion", "policy/v1beta1")),
    *of("autoscaler", ("M14", "apiVersion", "autoscaling/v2beta2")),
]

# What is allowed although it comes close to a violation.
ALLOWED = [
    *of("models", ("", f"{ENFORCE}-version", "v1.36")),
    *of("role", ("", "rules 0", granting("create", "pods", "metrics.k8s.io"))),
    Break("", "rules 0", granting("create", "deployments", "apps"), "role", EXPLAINED),
    *of("allow-clients", ("", "spec ingress", REMOVED), ("", "spec egress 0 to 0 ipBlock cidr", "10.0.0.0/8")),
    *of("istio", ("", "spec servers 0 tls minProtocolVersion", REMOVED)),
    *of("logs", ("", "spec nodeSets 0 config", {"xpack": {"security": {"audit": {"enabled": True}}}})),
    *of("lifecycles", ("", MIN_AGE, "4320h")),
    *of("secret", ("", "type", "kubernetes.io/service-account-token")),
    *of("configuration", ("", "data roles.yml", "not: [a, role")),
    *of("claim", ("", LABELS, {"inference/data-class": "internal"})),
    Break("", "webhooks 0 failurePolicy", "Ignore", "webhook", WHY_OPEN),
    Break("", "spec validationActions", ["Audit"], "enforced", WHY_OPEN),
    *of("enforced", ("", "spec validationActions", ["Warn", "Audit"])),
    *of("entry", ("", "spec hosts 0", "*.models.example"), ("", "spec endpoints", [{"address": "192.0.2.1"}])),
    *of("cluster", ("", f"{API_SERVER} authorization-mode", "Node,RBAC"), ("", f"{API_SERVER} insecure-port", "0")),
    *of("priority", ("", "value", 999_999)),
    *proxy_breaks.ALLOWED,
    *of("budget", ("", "apiVersion", "policy/v1")),
]

# The property that each rule reads, to be made unknown or malformed.
READ_BY: dict[str, tuple[str, str]] = {
    "P18": ("models", ENFORCE),
    "R01": ("binding", "roleRef name"),
    "R02": ("role", "rules 0 verbs 0"),
    "R03": ("role", "rules 1 resourceNames"),
    "R04": ("role", "rules 0 resources"),
    "R05": ("role", "rules 0 verbs"),
    "R06": ("role", "rules 0 resources"),
    "R08": ("binding", "subjects 0 name"),
    "N02": ("allow-clients", "spec egress 0 to 0 ipBlock cidr"),
    "N04": ("destination", "spec trafficPolicy tls mode"),
    "N05": ("gateway", "spec listeners 0 hostname"),
    "N08": ("service", "spec type"),
    "D02": ("secret", "stringData"),
    "D03": ("encrypted", "parameters kmsKeyId"),
    "D04": ("claim", "spec storageClassName"),
    "D05": ("telemetry", "spec accessLogging 0 disabled"),
    "D06": ("loki", "spec limits global retention days"),
    "D07": ("logs", "spec volumeClaimDeletePolicy"),
    "D09": ("claim", f"{LABELS} inference/data-class"),
    "M13": ("job", "spec activeDeadlineSeconds"),
    "M14": ("budget", "apiVersion"),
    "N09": ("entry", "spec hosts 0"),
    **proxy_breaks.READ_BY,
    "R09": ("policy", "spec failurePolicy"),
    "R10": ("cluster", f"{API_SERVER} anonymous-auth"),
}
