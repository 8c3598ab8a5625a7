"""The platform's ComponentResources, one package each."""

from components.add_on import AddOn, AddOnArgs, eck_operator, istio, prometheus_operator
from components.admission_policies import AdmissionPolicies, AdmissionPoliciesArgs
from components.cluster import cluster_of
from components.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.gpu_software import GpuSoftware, GpuSoftwareArgs
from components.image_builds import ImageBuilds, ImageBuildsArgs
from components.image_prepull import ImagePrepull, ImagePrepullArgs
from components.inference_graph import InferenceGraph, InferenceGraphArgs, graphed
from components.ingress_gateway import IngressGateway, IngressGatewayArgs
from components.installations import installed_prometheus, logged
from components.logging_stack import LoggingStack, LoggingStackArgs
from components.metrics_adapter import MetricsAdapterRules, MetricsAdapterRulesArgs
from components.model_namespace import ModelNamespace, ModelNamespaceArgs
from components.model_namespace.manifests import allow_dns
from components.model_sampling import ModelSampling, ModelSamplingArgs, sampled
from components.model_service import ModelService, ModelServiceArgs
from components.model_verification import ModelVerification, ModelVerificationArgs
from components.monitoring_stack import MonitoringStack, MonitoringStackArgs
from components.platform_access import PlatformAccess, PlatformAccessArgs
from components.prometheus import Prometheus, PrometheusArgs
from components.service_mesh import MeshedModel, ServiceMesh, ServiceMeshArgs

__all__ = [
    "AddOn",
    "AddOnArgs",
    "AdmissionPolicies",
    "AdmissionPoliciesArgs",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "GpuSoftware",
    "GpuSoftwareArgs",
    "ImageBuilds",
    "ImageBuildsArgs",
    "ImagePrepull",
    "ImagePrepullArgs",
    "InferenceGraph",
    "InferenceGraphArgs",
    "IngressGateway",
    "IngressGatewayArgs",
    "LoggingStack",
    "LoggingStackArgs",
    "MeshedModel",
    "MetricsAdapterRules",
    "MetricsAdapterRulesArgs",
    "ModelNamespace",
    "ModelNamespaceArgs",
    "ModelSampling",
    "ModelSamplingArgs",
    "ModelService",
    "ModelServiceArgs",
    "ModelVerification",
    "ModelVerificationArgs",
    "MonitoringStack",
    "MonitoringStackArgs",
    "PlatformAccess",
    "PlatformAccessArgs",
    "Prometheus",
    "PrometheusArgs",
    "ServiceMesh",
    "ServiceMeshArgs",
    "allow_dns",
    "cluster_of",
    "eck_operator",
    "graphed",
    "installed_prometheus",
    "istio",
    "logged",
    "prometheus_operator",
    "sampled",
]
