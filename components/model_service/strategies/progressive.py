"""The strategy `progressive`: Flagger makes the routes, and moves requests by what Prometheus measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pulumi
from pulumi_kubernetes import core

from components.custom_resources import canary, metric_template
from components.model_service.args import ServedVersion
from components.model_service.manifests import progressive
from components.model_service.strategies.strategy import Requests, Rule, Strategy, candidate_of
from settings import RELEASE_ROLES, ProgressiveRelease


@dataclass(frozen=True, kw_only=True)
class Progressive(Strategy):
    """Two routes of Flagger's, one for each protocol, take the place of the model's own."""

    release: ProgressiveRelease

    has_own_route: ClassVar[bool] = False

    @property
    def tried(self) -> ServedVersion:
        """The version that Flagger is to end with: the candidate, if there is one."""
        number = self.release.candidate
        return self.stable_version if number is None else candidate_of(self.args, number)

    def rules(self, requests: Requests) -> list[Rule]:
        """None: the routes are Flagger's."""
        del requests
        return []

    def add_resources(self, name: str, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
        """Measurements first, then the Services that a route needs, then what makes Flagger begin."""
        autoscaling, gateway = self.args.autoscaling, self.args.gateway
        if autoscaling is None or gateway is None:
            raise ValueError(f"model {self.args.model.name}: progressive without Prometheus or gateway")
        measured = progressive.measurements(self.tried, self.release, autoscaling)
        templates = [
            metric_template(
                f"{name}-{each.name}",
                progressive.template_metadata(self.args, each),
                progressive.template_spec(each, autoscaling),
                opts,
            )
            for each in measured
        ]
        canaries = []
        for protocol in progressive.protocols(self.stable_version):
            services = self._services(f"{name}-{protocol.name}", protocol, _after(opts, templates))
            canaries.append(
                canary(
                    f"{name}-{protocol.name}-canary",
                    progressive.canary_metadata(self.args, protocol),
                    progressive.canary_spec(self.args, protocol, self.release, gateway, measured),
                    _after(opts, services),
                )
            )
        return canaries

    def _services(
        self, name: str, protocol: progressive.Protocol, opts: pulumi.ResourceOptions
    ) -> Sequence[pulumi.Resource]:
        """The target follows the settings; what the route leads to follows Flagger once it is there."""
        flaggers = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(ignore_changes=[*progressive.FLAGGERS_FIELDS])
        )
        target, *others = RELEASE_ROLES
        led = [
            core.v1.Service(
                f"{name}{role}-service",
                progressive.service(self.args, protocol, role, self.stable_version),
                flaggers,
            )
            for role in others
        ]
        return [
            *led,
            core.v1.Service(
                f"{name}-service", progressive.service(self.args, protocol, target, self.tried), _after(opts, led)
            ),
        ]


def _after(opts: pulumi.ResourceOptions, needed: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*needed]))
