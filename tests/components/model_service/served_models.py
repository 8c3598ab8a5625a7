"""Served models for the tests of the manifests, and looks into what is made of them."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportOptionalIterable=false, reportGeneralTypeIssues=false
# pyright: reportOptionalSubscript=false, reportIndexIssue=false, reportCallIssue=false, reportReturnType=false

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_kubernetes.core.v1 import ContainerArgs, PodSpecArgs

from components.model_service.args import ModelServiceArgs, ServedVersion
from components.model_service.manifests import workload
from settings import Exposure
from tests.components.models import GPU, SMALL, model, service_args


def served(**fields: Any) -> ServedVersion:
    resources = GPU if fields.get("resources") == "gpu" else SMALL
    return service_args(model(**fields), resources=resources).served[0]


def exposed(exposure: Exposure) -> ModelServiceArgs:
    by_address = exposure in (Exposure.NODE_PORT, Exposure.LOAD_BALANCER)
    return service_args(model(exposure=exposure, clients=("198.51.100.0/24",) if by_address else ()))


def pod(of: ServedVersion) -> PodSpecArgs:
    return workload.deployment(of).spec.template.spec


def server_container(of: ServedVersion) -> ContainerArgs:
    (container,) = pod(of).containers
    return container


def environment(container: ContainerArgs) -> Mapping[str, Any]:
    return {variable.name: variable.value for variable in container.env}


def ports(rules: Sequence[Any]) -> set[int]:
    return {port.port for rule in rules for port in rule.ports}
