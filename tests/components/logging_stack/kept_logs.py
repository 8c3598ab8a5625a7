"""A stack that keeps logs: its settings, and what the component is given of them."""

from collections.abc import Mapping
from typing import Any

from components import LoggingStackArgs
from settings import DataClass
from settings.cluster.logging_stack import Logging

DIGEST = f"sha256:{'7' * 64}"
IMAGES = {
    "elasticsearch": f"docker.elastic.co/elasticsearch/elasticsearch:8.19.0@{DIGEST}",
    "kibana": f"docker.elastic.co/kibana/kibana:8.19.0@{DIGEST}",
    "collector": f"docker.io/fluent/fluentd-kubernetes-daemonset:v1.19.3-debian-elasticsearch8-1.1@{DIGEST}",
}
INSTALLATION: Mapping[str, Any] = {
    "charts": "https://charts.example/elastic",
    "version": "3.5.0",
    "image": f"docker.elastic.co/eck/eck-operator:3.5.0@{DIGEST}",
    "cidrs": ["10.0.0.0/16"],
}
LOGGING: Mapping[str, Any] = {
    "installation": INSTALLATION,
    "images": IMAGES,
    "storageClass": "encrypted",
    "hot": {"volume": "100Gi"},
    "cidrs": ["10.0.0.0/16"],
}
EVERYTHING: Mapping[str, Any] = {
    "namespace": "records",
    "operatorNamespace": "operators",
    "installation": {**INSTALLATION, "replicas": 2},
    "retentionDays": 400,
    "licence": "enterprise",
    "hot": {"replicas": 5, "cpu": "2", "memory": "8Gi", "volume": "200Gi"},
    "warm": {"replicas": 3, "cpu": "500m", "memory": "4Gi", "volume": "1Ti", "afterDays": 14},
    "kibanaReplicas": 2,
    "collector": {"cpu": "100m", "memory": "1Gi", "buffer": "4Gi"},
    "masking": {"patterns": ["email", "payment-card"], "fields": ["memberNo"], "allContainers": True},
    "users": {"collector": "shipper", "setup": "keeper"},
    "protect": False,
}
"""Each setting otherwise than by default, with the operator that the stack installs."""


def logging(**fields: Any) -> Logging:
    return Logging.model_validate({**LOGGING, **fields})


def args_of(of: Logging, **fields: Any) -> LoggingStackArgs:
    given: dict[str, Any] = {
        "namespace": of.namespace,
        "makes_namespace": of.operator_present,
        "models": "models",
        "logging": of,
        "tools_image": f"registry.example/tools:1@{DIGEST}",
        "data_class": DataClass.CONFIDENTIAL,
        "residency": "eu-central-1",
        "scraper": "monitoring",
    }
    return LoggingStackArgs(**{**given, **fields})
