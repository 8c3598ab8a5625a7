"""What a line of the log of Istio's proxies says of a request: what was asked of which model, by whom, and the answer.

Nothing that a client may put in but the path is in it, of which the query is left out: no bodies, headers or addresses.

Sources: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage and
https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/
"""

import json
from collections.abc import Mapping
from typing import Any

FORMAT: Mapping[str, str] = {
    "start_time": "%START_TIME%",
    "authority": "%REQ(:AUTHORITY)%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "grpc_status": "%GRPC_STATUS%",
    "duration_ms": "%DURATION%",
    "upstream_cluster": "%UPSTREAM_CLUSTER_RAW%",
    "upstream_host": "%UPSTREAM_HOST%",
    "caller": "%DOWNSTREAM_PEER_URI_SAN%",
    "token_subject": "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
}


def mesh_settings() -> Mapping[str, Any]:
    """What Istio's own settings say of it."""
    return {"accessLogEncoding": "JSON", "accessLogFormat": json.dumps(dict(FORMAT))}
