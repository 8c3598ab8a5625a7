"""The arguments of an add-on: its namespaces, and the charts that are installed in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgs
from pulumi_kubernetes.rbac.v1 import RoleBindingInitArgs, RoleInitArgs

from settings.cluster.installation import Installation


@dataclass(frozen=True, kw_only=True)
class AddOnNamespace:
    """A namespace that the stack makes; of its pods, ``is_privileged`` says whether they take rights on their node.

    ``policies`` open it, by name, where the charts have none of their own.
    """

    name: str
    is_privileged: bool = False
    policies: Mapping[str, NetworkPolicySpecArgs] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A right that the stack gives to pods of the charts, of the add-on's namespaces or of others."""

    name: str
    role: RoleInitArgs
    binding: RoleBindingInitArgs


@dataclass(frozen=True, kw_only=True)
class ChartRelease:
    """``chart`` of the add-on, installed in ``namespace`` under ``name``, which is also that of the release.

    ``values`` are all that differs from the chart's own. Within ``timeout_seconds`` everything has to be ready.
    """

    name: str
    chart: str
    namespace: str
    values: Mapping[str, Any]
    timeout_seconds: int


@dataclass(frozen=True, kw_only=True)
class AddOnArgs:
    """``releases`` are installed one after the other, and uninstalled in the reverse order.

    ``grants`` are given before, as pods may stop that lack them, and a release waits for its pods.
    """

    installation: Installation
    namespaces: Sequence[AddOnNamespace]
    releases: Sequence[ChartRelease]
    grants: Sequence[Grant] = ()
