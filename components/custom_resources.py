"""Custom resources, one helper per kind, and one for the kinds of a mesh.

The API server checks them against the upstream definition.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.service_mesh.mesh_object import MeshObject


def http_route(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A Gateway API HTTPRoute. Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproute"""
    return CustomResource(
        name, api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute", metadata=metadata, spec=spec, opts=opts
    )


def gateway(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A Gateway of the Gateway API. Source: https://gateway-api.sigs.k8s.io/reference/spec/#gateway"""
    return CustomResource(
        name, api_version="gateway.networking.k8s.io/v1", kind="Gateway", metadata=metadata, spec=spec, opts=opts
    )


def certificate(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A Certificate of cert-manager. Source: https://cert-manager.io/docs/usage/certificate/"""
    return CustomResource(
        name, api_version="cert-manager.io/v1", kind="Certificate", metadata=metadata, spec=spec, opts=opts
    )


def node_pool(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A NodePool of Karpenter. Source: https://karpenter.sh/docs/concepts/nodepools/"""
    return CustomResource(name, api_version="karpenter.sh/v1", kind="NodePool", metadata=metadata, spec=spec, opts=opts)


def node_overlay(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A NodeOverlay of Karpenter. Source: https://karpenter.sh/docs/concepts/nodeoverlays/"""
    return CustomResource(
        name, api_version="karpenter.sh/v1alpha1", kind="NodeOverlay", metadata=metadata, spec=spec, opts=opts
    )


def machine_deployment(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A MachineDeployment of Cluster API. Source: https://cluster-api.sigs.k8s.io/user/concepts#machinedeployment"""
    return CustomResource(
        name, api_version="cluster.x-k8s.io/v1beta2", kind="MachineDeployment", metadata=metadata, spec=spec, opts=opts
    )


def scaled_object(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A ScaledObject of KEDA. Source: https://keda.sh/docs/latest/reference/scaledobject-spec/"""
    return CustomResource(
        name, api_version="keda.sh/v1alpha1", kind="ScaledObject", metadata=metadata, spec=spec, opts=opts
    )


def canary(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A Canary of Flagger. Source: https://docs.flagger.app/usage/how-it-works#canary-resource"""
    return CustomResource(
        name, api_version="flagger.app/v1beta1", kind="Canary", metadata=metadata, spec=spec, opts=opts
    )


def metric_template(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A MetricTemplate of Flagger. Source: https://docs.flagger.app/usage/metrics#custom-metrics"""
    return CustomResource(
        name, api_version="flagger.app/v1beta1", kind="MetricTemplate", metadata=metadata, spec=spec, opts=opts
    )


def pod_monitor(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A PodMonitor of prometheus-operator. Source: https://prometheus-operator.dev/docs/api-reference/api/"""
    return CustomResource(
        name, api_version="monitoring.coreos.com/v1", kind="PodMonitor", metadata=metadata, spec=spec, opts=opts
    )


def service_monitor(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A ServiceMonitor of prometheus-operator. Source: https://prometheus-operator.dev/docs/api-reference/api/"""
    return CustomResource(
        name, api_version="monitoring.coreos.com/v1", kind="ServiceMonitor", metadata=metadata, spec=spec, opts=opts
    )


def prometheus(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A Prometheus of prometheus-operator. Source: https://prometheus-operator.dev/docs/api-reference/api/"""
    return CustomResource(
        name, api_version="monitoring.coreos.com/v1", kind="Prometheus", metadata=metadata, spec=spec, opts=opts
    )


def alertmanager(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """An Alertmanager of prometheus-operator. Source: https://prometheus-operator.dev/docs/api-reference/api/"""
    return CustomResource(
        name, api_version="monitoring.coreos.com/v1", kind="Alertmanager", metadata=metadata, spec=spec, opts=opts
    )


def prometheus_rule(
    name: str, metadata: ObjectMetaArgs, spec: pulumi.Input[Mapping[str, Any]], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A PrometheusRule of prometheus-operator. Source: https://prometheus-operator.dev/docs/api-reference/api/"""
    return CustomResource(
        name, api_version="monitoring.coreos.com/v1", kind="PrometheusRule", metadata=metadata, spec=spec, opts=opts
    )


def alertmanager_config(
    name: str, metadata: ObjectMetaArgs, spec: pulumi.Input[Mapping[str, Any]], opts: pulumi.ResourceOptions
) -> CustomResource:
    """An AlertmanagerConfig of prometheus-operator. Source: https://prometheus-operator.dev/docs/api-reference/api/"""
    return CustomResource(
        name,
        api_version="monitoring.coreos.com/v1alpha1",
        kind="AlertmanagerConfig",
        metadata=metadata,
        spec=spec,
        opts=opts,
    )


def elasticsearch(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """An Elasticsearch of ECK. Source: https://www.elastic.co/docs/reference/cloud-on-k8s/api-docs"""
    return CustomResource(
        name,
        api_version="elasticsearch.k8s.elastic.co/v1",
        kind="Elasticsearch",
        metadata=metadata,
        spec=spec,
        opts=opts,
    )


def kibana(
    name: str, metadata: ObjectMetaArgs, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A Kibana of ECK. Source: https://www.elastic.co/docs/reference/cloud-on-k8s/api-docs"""
    return CustomResource(
        name, api_version="kibana.k8s.elastic.co/v1", kind="Kibana", metadata=metadata, spec=spec, opts=opts
    )


def mesh_object(name: str, made: MeshObject, metadata: ObjectMetaArgs, opts: pulumi.ResourceOptions) -> CustomResource:
    """An object of a service mesh. Source: https://istio.io/latest/docs/reference/config/"""
    return CustomResource(
        name, api_version=made.api_version, kind=made.kind, metadata=metadata, spec=made.spec, opts=opts
    )
