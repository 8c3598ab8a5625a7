"""Elasticsearch and Kibana, which ECK makes pods of, and Elasticsearch's roles.

Sources: https://www.elastic.co/docs/reference/cloud-on-k8s/api-docs and, for privileges,
https://www.elastic.co/docs/reference/elasticsearch/security-privileges
"""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_kubernetes import core

from components.logging_stack.args import LoggingStackArgs
from components.metadata import DATA_CLASS_LABEL, RESIDENCY_LABEL, object_metadata
from settings.cluster.logging_stack import Licence, LogNodes, version_of
from settings.values.quantity import quantity_bytes

LOGS, PREDICTIONS = "inference-logs", "inference-predictions"
"""What the names of the indices begin with; each is of a day of its records."""
ELASTICSEARCH_PORT, NODES_PORT, KIBANA_PORT = 9200, 9300, 5601
CLUSTER_LABEL, KIBANA_LABEL = "elasticsearch.k8s.elastic.co/cluster-name", "kibana.k8s.elastic.co/name"
"""What ECK labels the pods with, by the name of the object that they are of."""
_USER_ID = 1000  # of both images
_HEAP = 0.5


def service_host(name: str, namespace: str) -> str:
    """The Service that ECK makes for an Elasticsearch; its certificate is for this name."""
    return f"{name}-es-http.{namespace}.svc"


def ca_secret(name: str) -> str:
    """The Secret that ECK makes with the certificate of its authority, and no key."""
    return f"{name}-es-http-certs-public"


def roles_secret(name: str, args: LoggingStackArgs) -> core.v1.SecretInitArgs:
    """What each user may do. Who writes can neither change nor delete; what is deleted is the lifecycle's to say."""
    read = ["read", "view_index_metadata"]
    roles = {
        # Without the right to change: a second record with the same id is refused, and is not a loss.
        "logs_writer": {"indices": [_on([f"{LOGS}-*", f"{PREDICTIONS}-*"], ["create_doc", "auto_configure"])]},
        "logs_setup": {"cluster": ["manage_ilm", "manage_index_templates", "monitor"]},
        "logs_reader": {"indices": [_on([f"{LOGS}-*"], read)]},
        "predictions_reader": {"indices": [_on([f"{PREDICTIONS}-*"], read)]},
    }
    return core.v1.SecretInitArgs(
        metadata=object_metadata(f"{name}-roles", args.namespace),
        string_data={"roles.yml": json.dumps(roles, indent=1)},
    )


def _on(names: list[str], privileges: list[str]) -> Mapping[str, list[str]]:
    return {"names": names, "privileges": privileges}


def elasticsearch_spec(name: str, args: LoggingStackArgs) -> dict[str, Any]:
    """The spec of the Elasticsearch object; its users are those of Secrets, and its authority is ECK's own."""
    logging = args.logging
    sets = [_node_set(name, "hot", ["master", "ingest", "data_hot", "data_content"], logging.hot, args)]
    sets += [_node_set(name, "warm", ["data_warm"], logging.warm, args)] if logging.warm else []
    return {
        "version": version_of(logging.images.elasticsearch),
        "image": logging.images.elasticsearch,
        "auth": {
            "roles": [{"secretName": f"{name}-roles"}],
            "fileRealm": [{"secretName": each} for each in (logging.users.collector, logging.users.setup)],
        },
        "http": {"tls": {"selfSignedCertificate": {"disabled": False}}},
        "nodeSets": sets,
        # Those of nodes that are no longer wanted go once they are empty; those of the cluster stay.
        "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
    }


def _node_set(cluster: str, name: str, roles: list[str], nodes: LogNodes, args: LoggingStackArgs) -> dict[str, Any]:
    heap = f"{int(quantity_bytes(nodes.memory) * _HEAP) // 2**20}m"
    container = {
        "name": "elasticsearch",
        "resources": _resources(nodes.cpu, nodes.memory),
        "env": [{"name": "ES_JAVA_OPTS", "value": f"-Xms{heap} -Xmx{heap}"}],
    }
    labels = {DATA_CLASS_LABEL: args.data_class} | ({RESIDENCY_LABEL: args.residency} if args.residency else {})
    claim = {
        "storageClassName": args.logging.storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": nodes.volume}},
    }
    return {
        "name": name,
        "count": nodes.replicas,
        "config": {
            "node.roles": roles,
            # Else the node's kernel has to be set up for it, by a privileged container.
            "node.store.allow_mmap": False,
            "xpack.security.audit.enabled": args.logging.licence is Licence.ENTERPRISE,
        },
        "podTemplate": _pod(container, {CLUSTER_LABEL: cluster}, args),
        "volumeClaimTemplates": [{"metadata": {"name": "elasticsearch-data", "labels": labels}, "spec": claim}],
    }


def kibana_spec(name: str, args: LoggingStackArgs) -> dict[str, Any]:
    """The spec of the Kibana object, which no Service of the stack leads out of the cluster."""
    return {
        "version": version_of(args.logging.images.kibana),
        "image": args.logging.images.kibana,
        "count": args.logging.kibana_replicas,
        "elasticsearchRef": {"name": name},
        "config": {"telemetry.optIn": False, "telemetry.allowChangingOptInStatus": False},
        "podTemplate": _pod({"name": "kibana", "resources": _resources("500m", "1Gi")}, {KIBANA_LABEL: name}, args),
    }


def _pod(container: Mapping[str, Any], selected: Mapping[str, str], args: LoggingStackArgs) -> dict[str, Any]:
    """A pod in which ``container`` of the operator is changed, and that Pod Security restricts."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(selected)},
    }
    rights = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }
    return {
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER_ID,
                "runAsGroup": _USER_ID,
                "fsGroup": _USER_ID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            **({"imagePullSecrets": [{"name": each} for each in args.pull_secrets]} if args.pull_secrets else {}),
            "topologySpreadConstraints": [spread],
            "containers": [{**container, "securityContext": rights}],
        }
    }


def _resources(cpu: str, memory: str) -> Mapping[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}
