"""The configuration of a stack: what it can say, how it is read, and errors that a person can act on.

``load_current`` is for the program, ``read_stack_file`` and ``load`` are for tools that run without Pulumi. Every key
is described in ``docs/settings.md``.
"""

from settings.accelerators import VENDORS, Vendor
from settings.access import Access
from settings.admission import (
    ADMISSION_RULES,
    Admission,
    AdmissionAction,
    AdmissionExemption,
    RuleLevel,
)
from settings.autoscaling import Autoscaling, Engine
from settings.batching import Batching
from settings.built_image import BuiltImage
from settings.cluster import Cluster
from settings.cost import Cost, StackCost, model_cost, stack_cost
from settings.data import Data, DataClass
from settings.devices import Devices, Offer, any_gpus
from settings.disruption import Consolidation, Disruption, DisruptionBudget
from settings.environment import Environment
from settings.errors import Problem, SettingsError
from settings.gateway import Gateway
from settings.gpu_pool import POOL_LABEL, SPARE_CPU, SPARE_MEMORY, GpuPool
from settings.gpu_request import GpuRequest
from settings.images import Images, SoftwareImages, images_of
from settings.ingress import Ingress
from settings.loading import load, load_current, named_models
from settings.model import MEMORY_PER_SIZE, Exposure, Model, Warmup
from settings.named_models import NamedModels
from settings.node_marks import Taint
from settings.node_software import NodeSoftware, SoftwareSource
from settings.object_storage import ObjectStorage
from settings.own_images import ImageBuild, OwnImages
from settings.pins import MODELS_LOCK_VARIABLE, Pin, Pins, current_lock, read_pins
from settings.platform import Platform
from settings.pools import pools_with
from settings.prices import Prices
from settings.provisioning import CapacityType, MachineTemplate, NodeLimits, ObjectReference, Provisioner
from settings.quantity import Quantity, quantity_bytes, quantity_value
from settings.quota import Quota
from settings.registry import Registry
from settings.resource_class import ResourceClass
from settings.runtime_class import PodOverhead, RuntimeClass
from settings.runtime_use import runtime_class_of
from settings.runtimes import is_verified_on_schedule, protocol_of
from settings.scaling import Scaling
from settings.schedule import Schedule
from settings.sharing import Sharing, SharingStrategy
from settings.signing import Signing
from settings.stack_file import read_stack_file
from settings.text import MetricsEndpoint
from settings.triton import Backend, DataType, Tensor, Triton
from settings.verification import Verification
from settings.version import Version
from settings.volume import AccessMode, Volume, Volumes
from settings.work_queue import WorkQueue

__all__ = [
    "ADMISSION_RULES",
    "MEMORY_PER_SIZE",
    "MODELS_LOCK_VARIABLE",
    "POOL_LABEL",
    "SPARE_CPU",
    "SPARE_MEMORY",
    "VENDORS",
    "Access",
    "AccessMode",
    "Admission",
    "AdmissionAction",
    "AdmissionExemption",
    "Autoscaling",
    "Backend",
    "Batching",
    "BuiltImage",
    "CapacityType",
    "Cluster",
    "Consolidation",
    "Cost",
    "Data",
    "DataClass",
    "DataType",
    "Devices",
    "Disruption",
    "DisruptionBudget",
    "Engine",
    "Environment",
    "Exposure",
    "Gateway",
    "GpuPool",
    "GpuRequest",
    "ImageBuild",
    "Images",
    "Ingress",
    "MachineTemplate",
    "MetricsEndpoint",
    "Model",
    "NamedModels",
    "NodeLimits",
    "NodeSoftware",
    "ObjectReference",
    "ObjectStorage",
    "Offer",
    "OwnImages",
    "Pin",
    "Pins",
    "Platform",
    "PodOverhead",
    "Prices",
    "Problem",
    "Provisioner",
    "Quantity",
    "Quota",
    "Registry",
    "ResourceClass",
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
    "Taint",
    "Tensor",
    "Triton",
    "Vendor",
    "Verification",
    "Version",
    "Volume",
    "Volumes",
    "Warmup",
    "WorkQueue",
    "any_gpus",
    "current_lock",
    "images_of",
    "is_verified_on_schedule",
    "load",
    "load_current",
    "model_cost",
    "named_models",
    "pools_with",
    "protocol_of",
    "quantity_bytes",
    "quantity_value",
    "read_pins",
    "read_stack_file",
    "runtime_class_of",
    "stack_cost",
]
