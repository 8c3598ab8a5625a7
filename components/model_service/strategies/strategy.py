"""What every release strategy says about the addresses of a model."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi

from components.model_service.args import ModelServiceArgs, ServedVersion, primary_version

Rule = Mapping[str, Any]
"""A rule of an HTTPRoute. Source: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule"""


@dataclass(frozen=True, kw_only=True)
class Requests:
    """The requests of one protocol: the paths that they begin with, and the port of the servers that answers them."""

    path_prefixes: Sequence[str]
    port: int

    def matches(self, *headers: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """The matches of a rule for these requests; with ``headers``, for those of them that have each of these."""
        asked = {"headers": list(headers)} if headers else {}
        return [{"path": {"type": "PathPrefix", "value": prefix}, **asked} for prefix in self.path_prefixes]


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """A release strategy for one model: which address leads to which version.

    All versions are ready before any address changes. Members differ in the rules of the route, which are made once
    for each protocol, and may add resources of their own.
    """

    args: ModelServiceArgs

    has_own_route: ClassVar[bool] = True
    """Whether the model's route is the program's; if not, a controller makes it."""

    route_leads_to_stable_service: ClassVar[bool] = False
    """Whether the route leads to the stable Service, which then has to be right first.

    Where it leads to the versions, it changes before the stable Service: a model that leaves such a strategy keeps its
    route on the Service for no longer than the Service stays as it is.
    """

    @property
    def stable_version(self) -> ServedVersion:
        """The version behind the stable Service."""
        return primary_version(self.args)

    @abstractmethod
    def rules(self, requests: Requests) -> list[Rule]:
        """The rules of the model's route for the requests of one protocol."""

    def add_resources(self, name: str, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
        """Make what only this strategy has, before the addresses change; ``name`` is that of the component.

        ``opts`` have the component as parent and depend on all versions.
        """
        del name, opts
        return ()


def backend(served: ServedVersion, port: int) -> Mapping[str, Any]:
    """The Service of a version, for a rule or a filter."""
    return {"name": served.name, "port": port}


def weighted_backends(args: ModelServiceArgs, port: int) -> list[Mapping[str, Any]]:
    """The Services of all versions with their shares; a share of 0 gets nothing."""
    return [{**backend(served, port), "weight": served.version.share_percent} for served in args.served]


def candidate_of(args: ModelServiceArgs, number: int) -> ServedVersion:
    """The version with that number; the settings have checked that there is one."""
    return next(served for served in args.served if served.version.version == number)
