"""What istiod sends to a proxy, without the proxy: its protocol is gRPC, of which four messages are needed.

Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
"""

import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory, struct_pb2

from tests.components.service_mesh.istio_processes import Istiod

_METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
_PREFIX = "type.googleapis.com/envoy.config"
_CLUSTER, _ENDPOINTS = f"{_PREFIX}.cluster.v3.Cluster", f"{_PREFIX}.endpoint.v3.ClusterLoadAssignment"
_LISTENER, _ROUTES = f"{_PREFIX}.listener.v3.Listener", f"{_PREFIX}.route.v3.RouteConfiguration"
_SECONDS = 60
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a proxy is sent when it starts."""

    size: int
    clusters: Sequence[str]
    watched: Sequence[str]
    """Those whose pods are left out when they fail."""
    listeners: int


def told(control: Istiod, kind: str, namespace: str, account: str, routes: Sequence[str]) -> Told:
    """What a proxy of an account is sent that asks for these routes; ``kind`` is `sidecar` or `router`."""
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    credentials = grpc.ssl_channel_credentials((control.root(namespace) or "").encode())
    options = [("grpc.max_receive_message_length", _MOST_BYTES)]
    with grpc.secure_channel(f"localhost:{control.port}", credentials, options=options) as channel:
        call = channel.stream_stream(
            _METHOD,
            request_serializer=_MESSAGES["Request"].SerializeToString,
            response_deserializer=_MESSAGES["Response"].FromString,
        )
        token = (("authorization", f"Bearer {control.token(namespace, account)}"),)
        answers = call(iter(requests.get, None), metadata=token, timeout=_SECONDS)
        node = _node(kind, namespace, account)

        def ask(kind: str, names: Sequence[str] = ()) -> Any:
            requests.put(_MESSAGES["Request"](node=node, type_url=kind, resource_names=names))
            return next(each for each in answers if each.type_url == kind)

        try:
            clusters = ask(_CLUSTER)
            found = [_MESSAGES["Cluster"].FromString(each.value) for each in clusters.resources]
            outward = [each.name for each in found if each.name.startswith("outbound")]
            listeners = ask(_LISTENER)
            rest = [ask(_ENDPOINTS, outward)] if outward else []
            rest += [ask(_ROUTES, routes)] if routes else []
        finally:
            requests.put(None)
    # Without the numbers of versions, which grow with every change of anything.
    size = sum(len(each.value) for answer in (clusters, listeners, *rest) for each in answer.resources)
    watched = [each.name for each in found if each.outlier_detection]
    return Told(size=size, clusters=outward, watched=watched, listeners=len(listeners.resources))


def _node(kind: str, namespace: str, account: str) -> Any:
    metadata = struct_pb2.Struct()
    metadata.update({"NAMESPACE": namespace, "SERVICE_ACCOUNT": account, "CLUSTER_ID": "Kubernetes"})
    name = f"{kind}~192.0.2.1~{account}.{namespace}~{namespace}.svc.cluster.local"
    return _MESSAGES["Node"](id=name, cluster=account, metadata=metadata)


def _messages() -> Mapping[str, Any]:
    field = descriptor_pb2.FieldDescriptorProto
    text, message = field.TYPE_STRING, field.TYPE_MESSAGE
    once, often = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    fields: Mapping[str, Sequence[tuple[str, int, Any, Any, str]]] = {
        "Node": [("id", 1, text, once, ""), ("cluster", 2, text, once, ""), ("metadata", 3, message, once, _STRUCT)],
        "Request": [
            ("node", 2, message, once, ".told.Node"),
            ("resource_names", 3, text, often, ""),
            ("type_url", 4, text, once, ""),
        ],
        "Response": [
            ("version_info", 1, text, once, ""),
            ("resources", 2, message, often, _ANY),
            ("type_url", 4, text, once, ""),
            ("nonce", 5, text, once, ""),
        ],
        # https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto
        "Cluster": [("name", 1, text, once, ""), ("outlier_detection", 19, field.TYPE_BYTES, once, "")],
    }
    file = descriptor_pb2.FileDescriptorProto(name="told.proto", package="told", syntax="proto3")
    file.dependency.extend([any_pb2.DESCRIPTOR.name, struct_pb2.DESCRIPTOR.name])
    for name, of_message in fields.items():
        made = file.message_type.add(name=name)
        for field_name, number, kind, label, type_name in of_message:
            made.field.add(name=field_name, number=number, type=kind, label=label, type_name=type_name or None)
    pool = descriptor_pool.Default()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"told.{name}")) for name in fields}


_ANY, _STRUCT = ".google.protobuf.Any", ".google.protobuf.Struct"
_MESSAGES = _messages()
