"""What keeps logs, as examples for the contract of every component."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import AddOn, LoggingStack, eck_operator
from tests.components.gpu_software.gpu_software import Construct
from tests.components.logging_stack.kept_logs import EVERYTHING, args_of, logging


def logging_operator(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> AddOn:
    """The operator, with the namespace that it is for."""
    of = logging(namespace=f"{namespace}-{name}", operatorNamespace=f"{namespace}-{name}-operator")
    assert of.installation
    return AddOn(name, eck_operator(of, of.installation), opts)


def _logging_stack(**fields: Any) -> Construct:
    def construct(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> LoggingStack:
        of = logging(**{**fields, "namespace": f"{namespace}-{name}"})
        return LoggingStack(name, args_of(of, models=namespace), opts)

    return construct


LOGGING_STACKS: Mapping[str, Construct] = {
    "LoggingStack": _logging_stack(installation=None, operatorPresent=True),
    "LoggingStack-everything": _logging_stack(**EVERYTHING),
}
