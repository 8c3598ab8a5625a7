"""The configuration of a stack: its schema, how it is loaded, and errors that say what to do.

``load_current`` is for the program, ``read_stack_file`` and ``load`` are for tools that run without Pulumi. Every key
is described in ``docs/settings.md``.
"""

from settings.architecture import Architecture
from settings.built_image import BuiltImage
from settings.cluster.access import Access
from settings.cluster.admission import ADMISSION_RULES, Admission, AdmissionAction, AdmissionExemption, RuleLevel
from settings.cluster.autoscaling import Autoscaling, Engine
from settings.cluster.cluster import Cluster
from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.cluster.mesh.caller import Caller
from settings.cluster.mesh.mesh import Mesh, MeshProfile, ProxyResources
from settings.cluster.mesh.token_issuer import TokenIssuer
from settings.cluster.monitoring import Monitoring
from settings.cluster.own_images import ImageBuild, OwnImages
from settings.cluster.prices import Prices
from settings.cluster.quota import Quota
from settings.cluster.registry import Registry
from settings.cluster.resource_class import BUILT_IN_CLASSES, ResourceClass
from settings.cluster.runtime_class import PodOverhead, RuntimeClass
from settings.cluster.signing import Signing
from settings.cluster.storage.s3 import ObjectStorage
from settings.cluster.verification import Verification
from settings.consistency.architectures import architectures_of
from settings.consistency.entrance import entrance_of
from settings.consistency.exposure import exposure_issues, hostname_of
from settings.consistency.mesh_issues import mesh_issues
from settings.consistency.pools import devices_for, pools_with
from settings.consistency.runtime_use import runtime_class_of
from settings.consistency.runtimes import is_verified_on_schedule, protocol_of
from settings.consistency.single_model import single_model_issues
from settings.cost import Cost, StackCost, model_cost, stack_cost
from settings.environment import Environment
from settings.gpu.accelerators import VENDORS, Vendor
from settings.gpu.devices import Devices, Offer, any_gpus
from settings.gpu.disruption import Consolidation, Disruption, DisruptionBudget
from settings.gpu.gpu_pool import POOL_LABEL, SPARE_CPU, SPARE_MEMORY, GpuPool
from settings.gpu.gpu_request import GpuRequest
from settings.gpu.node_marks import Taint
from settings.gpu.node_software import NodeSoftware, SoftwareSource
from settings.gpu.provisioning import CapacityType, MachineTemplate, NodeLimits, ObjectReference, Provisioner
from settings.gpu.sharing import Sharing, SharingStrategy
from settings.images import Images, SoftwareImages, fetcher_image, images_of, pause_image, server_image
from settings.loading.kubeconfig import KUBECONFIG_VARIABLE, kubeconfig_files, require_context
from settings.loading.loading import load, load_current, named_models
from settings.loading.named_models import NamedModels
from settings.loading.stack_file import read_stack_file
from settings.model.batching import Batching
from settings.model.data import Data, DataClass
from settings.model.exposure import Exposure
from settings.model.mesh import ConnectionPool, ModelMesh, Outliers, RateLimit, Retries, RetryCondition
from settings.model.model import MEMORY_PER_SIZE, Model, Warmup
from settings.model.objective import Objective
from settings.model.pins import MODELS_LOCK_VARIABLE, Pin, Pins, current_lock, read_pins
from settings.model.release.blue_green import BlueGreenRelease
from settings.model.release.header import Header, HeaderRelease
from settings.model.release.mirror import MirrorRelease
from settings.model.release.progressive import (
    RELEASE_PROTOCOLS,
    RELEASE_ROLES,
    Gate,
    GateQuery,
    ProgressiveRelease,
    release_services,
)
from settings.model.release.release import Release
from settings.model.release.weights import Sticky, WeightsRelease
from settings.model.rollout import Rollout, Strategy
from settings.model.scaling import Scaling
from settings.model.scaling_target import (
    ArrivalRate,
    CpuUtilization,
    ExternalTarget,
    GpuUtilization,
    LatencyP95,
    MemoryUtilization,
    PodTarget,
    QueueLength,
    RequestRate,
    ResourceTarget,
)
from settings.model.schedule import Schedule
from settings.model.triton import Backend, DataType, Tensor, Triton
from settings.model.version import Version
from settings.model.volume import AccessMode, Volume, Volumes, WhenDeleted
from settings.model.work_queue import WorkQueue
from settings.platform import Platform
from settings.validation.errors import Problem, SettingsError
from settings.validation.issues import MISSING, Issue
from settings.values.quantity import Quantity, binary_quantity, quantity_bytes, quantity_value
from settings.values.text import MetricsEndpoint
from versions import read_lock

__all__ = [
    "ADMISSION_RULES",
    "BUILT_IN_CLASSES",
    "KUBECONFIG_VARIABLE",
    "MEMORY_PER_SIZE",
    "MISSING",
    "MODELS_LOCK_VARIABLE",
    "POOL_LABEL",
    "RELEASE_PROTOCOLS",
    "RELEASE_ROLES",
    "SPARE_CPU",
    "SPARE_MEMORY",
    "VENDORS",
    "Access",
    "AccessMode",
    "Admission",
    "AdmissionAction",
    "AdmissionExemption",
    "Architecture",
    "ArrivalRate",
    "Autoscaling",
    "Backend",
    "Batching",
    "BlueGreenRelease",
    "BuiltImage",
    "Caller",
    "CapacityType",
    "Cluster",
    "ConnectionPool",
    "Consolidation",
    "Cost",
    "CpuUtilization",
    "Data",
    "DataClass",
    "DataType",
    "Devices",
    "Disruption",
    "DisruptionBudget",
    "Engine",
    "Environment",
    "Exposure",
    "ExternalTarget",
    "Gate",
    "GateQuery",
    "Gateway",
    "GpuPool",
    "GpuRequest",
    "GpuUtilization",
    "Header",
    "HeaderRelease",
    "ImageBuild",
    "Images",
    "Ingress",
    "Issue",
    "LatencyP95",
    "MachineTemplate",
    "MemoryUtilization",
    "Mesh",
    "MeshProfile",
    "MetricsEndpoint",
    "MirrorRelease",
    "Model",
    "ModelMesh",
    "Monitoring",
    "NamedModels",
    "NodeLimits",
    "NodeSoftware",
    "ObjectReference",
    "ObjectStorage",
    "Objective",
    "Offer",
    "Outliers",
    "OwnImages",
    "Pin",
    "Pins",
    "Platform",
    "PodOverhead",
    "PodTarget",
    "Prices",
    "Problem",
    "ProgressiveRelease",
    "Provisioner",
    "ProxyResources",
    "Quantity",
    "QueueLength",
    "Quota",
    "RateLimit",
    "Registry",
    "Release",
    "RequestRate",
    "ResourceClass",
    "ResourceTarget",
    "Retries",
    "RetryCondition",
    "Rollout",
    "RuleLevel",
    "RuntimeClass",
    "Scaling",
    "Schedule",
    "SettingsError",
    "Sharing",
    "SharingStrategy",
    "Signing",
    "SoftwareImages",
    "SoftwareSource",
    "StackCost",
    "Sticky",
    "Strategy",
    "Taint",
    "Tensor",
    "TokenIssuer",
    "Triton",
    "Vendor",
    "Verification",
    "Version",
    "Volume",
    "Volumes",
    "Warmup",
    "WeightsRelease",
    "WhenDeleted",
    "WorkQueue",
    "any_gpus",
    "architectures_of",
    "binary_quantity",
    "current_lock",
    "devices_for",
    "entrance_of",
    "exposure_issues",
    "fetcher_image",
    "hostname_of",
    "images_of",
    "is_verified_on_schedule",
    "kubeconfig_files",
    "load",
    "load_current",
    "mesh_issues",
    "model_cost",
    "named_models",
    "pause_image",
    "pools_with",
    "protocol_of",
    "quantity_bytes",
    "quantity_value",
    "read_lock",
    "read_pins",
    "read_stack_file",
    "release_services",
    "require_context",
    "runtime_class_of",
    "server_image",
    "single_model_issues",
    "stack_cost",
]
