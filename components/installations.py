"""What a stack installs from charts together with what uses it: the operator is ready before its objects are made."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pulumi

from components.add_on import AddOn, eck_operator, prometheus_operator
from components.logging_stack import LoggingStack, LoggingStackArgs
from components.logging_stack.args import LOGGING
from components.model_service import ModelServiceArgs
from components.prometheus import Prometheus, PrometheusArgs
from settings import Images, Platform
from settings.cluster.logging_stack import Logging

Before = Callable[[pulumi.Input[str]], pulumi.Output[str]]


def installed_prometheus(
    platform: Platform, services: Sequence[ModelServiceArgs], models: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Before | None:
    """The Prometheus of ``platform``, if it installs one; returns what makes others wait for the operator."""
    if platform.monitoring is None or platform.monitoring.installation is None:
        return None
    servers = PrometheusArgs.of(platform, platform.monitoring, platform.monitoring.installation, services)
    operator = prometheus_operator(platform.namespace, replace(servers, models=models))
    before = AddOn("prometheus-operator", operator, opts).before
    Prometheus("prometheus", servers.after(before), opts)
    return before


def logged(
    platform: Platform, logging: Logging, images: Images[pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> LoggingStack:
    """What keeps the logs of ``platform``, with the operator, if the stack installs it."""
    args = LoggingStackArgs.of(platform, logging, images)
    if logging.installation:
        operator = eck_operator(logging, logging.installation, images.pull_secrets)
        args = args.after(AddOn("eck", operator, opts).before)
    return LoggingStack(LOGGING, args, opts)
