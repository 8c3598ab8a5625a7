"""The instance types of Karpenter's kwok provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inferencectl.sandbox.cluster_contents import ZONES


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """A kind of node with the capacity `resources`, offered in every zone at `price`."""

    name: str
    resources: Mapping[str, str]
    price: float
    capacity: Sequence[str] = ("on-demand",)

    def as_json(self) -> Mapping[str, Any]:
        """An entry of the provider's `instance_types.json`."""
        return {
            "name": self.name,
            "architecture": "amd64",
            "operatingSystems": ["linux"],
            "resources": dict(self.resources),
            "offerings": [
                {"Price": self.price, "Available": True, "Requirements": _requirements(capacity, zone)}
                for capacity in self.capacity
                for zone in ZONES
            ],
        }


def _requirements(capacity: str, zone: str) -> Sequence[Mapping[str, Any]]:
    values = {"karpenter.sh/capacity-type": capacity, "topology.kubernetes.io/zone": zone}
    return [{"key": key, "operator": "In", "values": [value]} for key, value in values.items()]
