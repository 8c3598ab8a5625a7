"""The strategy `mirror`: a filter that copies requests to the candidate."""

from dataclasses import dataclass

from components.model_service.strategies.strategy import (
    Requests,
    Rule,
    Strategy,
    backend,
    candidate_of,
    weighted_backends,
)
from settings import MirrorRelease


@dataclass(frozen=True, kw_only=True)
class Mirrored(Strategy):
    """Requests are split by the weights, and the candidate gets copies; the gateway throws its answers away."""

    release: MirrorRelease

    def rules(self, requests: Requests) -> list[Rule]:
        """The share is always written: without it, every request is copied."""
        candidate = candidate_of(self.args, self.release.candidate)
        copied = {"backendRef": backend(candidate, requests.port), "percent": self.release.percent}
        return [
            {
                "matches": requests.matches(),
                "filters": [{"type": "RequestMirror", "requestMirror": copied}],
                "backendRefs": weighted_backends(self.args, requests.port),
            }
        ]
