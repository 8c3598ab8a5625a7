"""Elasticsearch's templates and lifecycles, as its API takes them.

Sources: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-put-index-template and
https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-ilm-put-lifecycle
"""

from collections.abc import Mapping
from typing import Any

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests.elastic import LOGS, PREDICTIONS
from settings.cluster.logging_stack import Logging

_POLICY = "inference-retention"
_FIELDS = 1000
# Above the templates that Elasticsearch brings, which none of these names match today.
_PRIORITY = 500
_KEYWORD = {"type": "keyword", "ignore_above": 1024}
_FLATTENED, _LONG = {"type": "flattened", "ignore_above": 1024}, {"type": "long"}
_COMMON: Mapping[str, Any] = {
    "@timestamp": {"type": "date_nanos"},
    "event": {"properties": {"kind": _KEYWORD, "dataset": _KEYWORD}},
    # Labels are anybody's to choose: a field of each would fill the index.
    "kubernetes": {
        "properties": {
            **dict.fromkeys(("namespace_name", "pod_name", "pod_id", "container_name", "host"), _KEYWORD),
            **dict.fromkeys(("labels", "annotations", "namespace_labels"), _FLATTENED),
        }
    },
    "docker": {"properties": {"container_id": _KEYWORD}},
}
_OF_LOGS: Mapping[str, Any] = {
    "log": {"type": "text"},
    "stream": _KEYWORD,
    "logtag": _KEYWORD,
    # One field, however many keys the objects have: those of two programs may be of two types.
    "json": {"type": "flattened", "ignore_above": 1024, "depth_limit": 20},
}
_OF_PREDICTIONS: Mapping[str, Any] = {
    "prediction": {
        "properties": {
            **dict.fromkeys(
                ("caller", "model", "version", "digest", "outcome", "input_digest", "output_digest"), _KEYWORD
            ),
            "latency": {"type": "float"},
            **dict.fromkeys(("request_bytes", "response_bytes"), _LONG),
        }
    }
}


def requests(args: LoggingStackArgs) -> Mapping[str, Mapping[str, Any]]:
    """What is put under each path of the API, in this order: a template names the lifecycle of its indices."""
    return {
        f"/_ilm/policy/{_POLICY}": {"policy": {"phases": _phases(args.logging)}},
        f"/_index_template/{LOGS}": _template(LOGS, _OF_LOGS, args.logging),
        f"/_index_template/{PREDICTIONS}": _template(PREDICTIONS, _OF_PREDICTIONS, args.logging),
    }


def _phases(logging: Logging) -> Mapping[str, Any]:
    phases: dict[str, Any] = {"hot": {"min_age": "0ms", "actions": {"set_priority": {"priority": 100}}}}
    if logging.warm:
        # Moved, and not merged: that would make it read-only, and late records and erasure would be refused.
        actions = {"set_priority": {"priority": 50}}
        phases["warm"] = {"min_age": f"{logging.warm.after_days}d", "actions": actions}
    # An index is as old as the beginning of its day, and its last record a day younger.
    phases["delete"] = {"min_age": f"{logging.retention_days + 1}d", "actions": {"delete": {}}}
    return phases


def _template(prefix: str, fields: Mapping[str, Any], logging: Logging) -> Mapping[str, Any]:
    copies = min(1, (logging.warm or logging.hot).replicas - 1, logging.hot.replicas - 1)
    settings = {
        "index.lifecycle.name": _POLICY,
        # Its age is that of its records, and not of the day on which late ones have come.
        "index.lifecycle.parse_origination_date": True,
        "index.number_of_shards": 1,
        "index.number_of_replicas": copies,
        "index.mapping.total_fields.limit": _FIELDS,
        "index.codec": "best_compression",
    }
    # Other fields are kept, and not searched: none can take over the type of another.
    mappings = {"dynamic": False, "properties": {**_COMMON, **fields}}
    return {
        "index_patterns": [f"{prefix}-*"],
        "priority": _PRIORITY,
        "template": {"settings": settings, "mappings": mappings},
        "_meta": {"managed_by": "pulumi"},
    }
