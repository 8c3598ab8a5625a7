"""The strategy `header`: one more rule, for requests that ask for the candidate."""

from dataclasses import dataclass

from components.model_service.strategies.strategy import (
    Requests,
    Rule,
    Strategy,
    backend,
    candidate_of,
    weighted_backends,
)
from settings import HeaderRelease


@dataclass(frozen=True, kw_only=True)
class ByHeader(Strategy):
    """Requests with the header go to the candidate, and the others are split by the weights."""

    release: HeaderRelease

    def rules(self, requests: Requests) -> list[Rule]:
        """Among rules of the same path, the Gateway API prefers the one with more headers."""
        header, candidate = self.release.header, candidate_of(self.args, self.release.candidate)
        asked = {"type": "Exact", "name": header.name, "value": header.value}
        return [
            {"matches": requests.matches(asked), "backendRefs": [backend(candidate, requests.port)]},
            {"matches": requests.matches(), "backendRefs": weighted_backends(self.args, requests.port)},
        ]
