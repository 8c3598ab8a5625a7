"""The strategy `blue-green`: the route leads to the stable Service, whose selector is the switch."""

from dataclasses import dataclass
from typing import ClassVar

from components.model_service.strategies.strategy import Requests, Rule, Strategy
from settings import BlueGreenRelease


@dataclass(frozen=True, kw_only=True)
class BlueGreen(Strategy):
    """All clients, inside the cluster and outside, go to the version behind the stable Service."""

    release: BlueGreenRelease

    route_leads_to_stable_service: ClassVar[bool] = True

    def rules(self, requests: Requests) -> list[Rule]:
        """The same whichever version has the requests, so that a switch changes the Service alone."""
        stable = {"name": self.args.model.name, "port": requests.port}
        return [{"matches": requests.matches(), "backendRefs": [stable]}]
