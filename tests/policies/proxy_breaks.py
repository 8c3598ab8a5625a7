"""Changes to what is put into the configuration of proxies."""

from tests.policies.break_ import of
from tests.policies.manifests import REMOVED

SNIPPET = "metadata annotations nginx.ingress.kubernetes.io/configuration-snippet"
PATCH, ROUTES = "spec configPatches 0", "spec configPatches 1"
TYPE = f"{PATCH} patch value typed_config @type"
EXTENSIONS = "type.googleapis.com/envoy.extensions.filters.http"
PLACE = f"{PATCH} match listener filterChain filter subFilter name"

VIOLATIONS = [
    *of(
        "ingress",
        ("N10", SNIPPET, "lua_package_path x;"),
        ("N10", "spec rules 0 http", {"paths": [{"path": "/a{alias /etc/;}"}]}),
    ),
    *of(
        "envoy",
        ("N11", "spec workloadSelector", REMOVED),
        ("N11", f"{PATCH} applyTo", "LISTENER"),
        ("N11", f"{PATCH} patch operation", "REMOVE"),
        ("N11", TYPE, f"{EXTENSIONS}.lua.v3.Lua"),
        ("N11", TYPE, REMOVED),
        ("N11", PLACE, "envoy.filters.http.rbac"),
        ("N11", f"{ROUTES} patch operation", "REPLACE"),
        ("N11", f"{ROUTES} patch value", {"routes": []}),
        ("N11", f"{ROUTES} patch value", {"typed_per_filter_config": {"envoy.filters.http.rbac": {}}}),
    ),
]
ALLOWED = [
    *of("ingress", ("", "spec rules 0 http", {"paths": [{"path": "/v1/models(/|$)(.*)"}]})),
    *of(
        "envoy",
        ("", TYPE, f"{EXTENSIONS}.buffer.v3.Buffer"),
        ("", f"{ROUTES} patch value", {"typed_per_filter_config": {"envoy.filters.http.buffer": {"disabled": True}}}),
    ),
]
READ_BY = {"N10": ("ingress", SNIPPET), "N11": ("envoy", f"{PATCH} applyTo")}
