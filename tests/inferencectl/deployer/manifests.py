"""Small objects for the deployer's tests; `after` names what an object depends on."""

from collections.abc import Mapping
from typing import Any

from inferencectl.deployer import KubernetesObject

IMAGE = "registry.example/server:1"


def kubernetes_object(
    manifest: Mapping[str, Any],
    *after: KubernetesObject,
    protect: bool = False,
    retain: bool = False,
    secret_keys: tuple[str, ...] = (),
    ignored: tuple[tuple[str, ...], ...] = (),
) -> KubernetesObject:
    metadata = manifest["metadata"]
    return KubernetesObject(
        urn=f"urn:pulumi:test::inference::{manifest['kind']}::{metadata.get('namespace', '')}/{metadata['name']}",
        manifest=manifest,
        dependencies=tuple(item.urn for item in after),
        protect=protect,
        retain=retain,
        secret_keys=secret_keys,
        ignored=ignored,
    )


def namespace_object(name: str) -> KubernetesObject:
    return kubernetes_object({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def config_map(
    namespace: str, name: str, *after: KubernetesObject, value: str = "1", protect: bool = False, **rest: object
) -> KubernetesObject:
    metadata = {"name": name, "namespace": namespace}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}, **rest}
    return kubernetes_object(manifest, *after, protect=protect)


def secret(namespace: str, name: str, value: str) -> KubernetesObject:
    metadata = {"name": name, "namespace": namespace}
    return kubernetes_object({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"key": value}})


def pod_template(labels: Mapping[str, str], image: str = IMAGE, **spec: object) -> dict[str, Any]:
    return {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "server", "image": image}], **spec}}


def deployment(
    namespace: str,
    name: str,
    *after: KubernetesObject,
    replicas: int = 1,
    image: str = IMAGE,
    annotations: Mapping[str, str] | None = None,
    pod_spec: Mapping[str, object] | None = None,
) -> KubernetesObject:
    labels = {"app": name}
    return kubernetes_object(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace, "annotations": dict(annotations or {})},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": pod_template(labels, image, **(pod_spec or {})),
            },
        },
        *after,
    )


def service(namespace: str, name: str, **spec: object) -> KubernetesObject:
    return kubernetes_object(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}], **spec},
        }
    )


def job(
    namespace: str,
    name: str,
    image: str = IMAGE,
    *,
    annotations: Mapping[str, str] | None = None,
    deadline_seconds: int | None = None,
) -> KubernetesObject:
    return kubernetes_object(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": namespace, **({"annotations": annotations} if annotations else {})},
            "spec": {
                "template": pod_template({"job": name}, image, restartPolicy="Never"),
                **({"activeDeadlineSeconds": deadline_seconds} if deadline_seconds else {}),
            },
        }
    )


def claim(namespace: str, name: str, size: str = "1Gi", storage_class: str | None = None) -> KubernetesObject:
    spec: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    metadata = {"name": name, "namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}}
    return kubernetes_object({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})


def definition(group: str) -> KubernetesObject:
    """A custom resource definition of the kind Model in `group`."""
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    }
    return kubernetes_object(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"models.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"kind": "Model", "plural": "models", "singular": "model"},
                "versions": [
                    {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}},
                ],
            },
        }
    )


def custom_resource(group: str, namespace: str, name: str, *after: KubernetesObject) -> KubernetesObject:
    metadata = {"name": name, "namespace": namespace}
    manifest = {"apiVersion": f"{group}/v1", "kind": "Model", "metadata": metadata, "spec": {"size": 1}}
    return kubernetes_object(manifest, *after)
