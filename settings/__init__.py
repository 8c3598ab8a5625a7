"""The configuration of a stack: what it can say, how it is read, and errors that a person can act on.

``load_current`` is for the program, ``read_stack_file`` and ``load`` are for tools that run without Pulumi. Every key
is described in ``docs/settings.md``.
"""

from settings.autoscaling import Autoscaling, Engine
from settings.batching import Batching
from settings.cluster import Cluster
from settings.environment import Environment
from settings.errors import Problem, SettingsError
from settings.gateway import Gateway
from settings.ingress import Ingress
from settings.loading import load, load_current
from settings.model import Exposure, Model, Warmup
from settings.object_storage import ObjectStorage
from settings.platform import Platform
from settings.quantity import Quantity, quantity_bytes, quantity_value
from settings.quota import Quota
from settings.resource_class import ResourceClass
from settings.scaling import Scaling
from settings.schedule import Schedule
from settings.stack_file import read_stack_file
from settings.version import Version
from settings.volume import AccessMode, Volume
from settings.work_queue import WorkQueue

__all__ = [
    "AccessMode",
    "Autoscaling",
    "Batching",
    "Cluster",
    "Engine",
    "Environment",
    "Exposure",
    "Gateway",
    "Ingress",
    "Model",
    "ObjectStorage",
    "Platform",
    "Problem",
    "Quantity",
    "Quota",
    "ResourceClass",
    "Scaling",
    "Schedule",
    "SettingsError",
    "Version",
    "Volume",
    "Warmup",
    "WorkQueue",
    "load",
    "load_current",
    "quantity_bytes",
    "quantity_value",
    "read_stack_file",
]
