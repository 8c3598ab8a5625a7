"""The strategy `weights`: a split, and rules that keep clients where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.model_service.args import ServedVersion
from components.model_service.strategies.strategy import Requests, Rule, Strategy, backend, weighted_backends
from settings import Sticky, WeightsRelease

COOKIE_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class Weights(Strategy):
    """Requests are split by the weights of the versions.

    With `sticky`, an answer names its version, and requests that say that name go there again. A version that is gone
    or has weight 0 has no such rule: its clients take part in the split again, and get the name of another version.
    """

    release: WeightsRelease

    def rules(self, requests: Requests) -> list[Rule]:
        """A rule for the clients of each version that has a share, and the split for all others."""
        sticky = self.release.sticky
        split = weighted_backends(self.args, requests.port)
        if sticky is None:
            return [{"matches": requests.matches(), "backendRefs": split}]
        known = [served for served in self.args.served if served.version.share_percent]
        named = {served.name: _names(sticky, served) for served in known}
        return [
            *(_stay(sticky, served, requests) for served in known),
            {
                "matches": requests.matches(),
                "backendRefs": [
                    {**each, "filters": [named[each["name"]]]} if each["name"] in named else each for each in split
                ],
            },
        ]


def _stay(sticky: Sticky, served: ServedVersion, requests: Requests) -> Rule:
    # A cookie runs out a day after the first answer, so that clients follow a split that has changed. A header is read
    # from each answer.
    filters = {} if sticky.cookie else {"filters": [_names(sticky, served)]}
    return {
        "matches": requests.matches(_named(sticky, served)),
        **filters,
        "backendRefs": [backend(served, requests.port)],
    }


def _named(sticky: Sticky, served: ServedVersion) -> Mapping[str, str]:
    """The match of requests of clients that stay with a version."""
    number = str(served.version.version)
    if sticky.header:
        return {"type": "Exact", "name": sticky.header, "value": number}
    # Some gateways match the whole header and others any part of it; this is the same to both.
    pattern = f"^(.*;[ ]*)?{sticky.cookie}={number}([ ]*;.*)?$"
    return {"type": "RegularExpression", "name": "Cookie", "value": pattern}


def _names(sticky: Sticky, served: ServedVersion) -> Mapping[str, Any]:
    """The filter that names a version in its answers."""
    number = str(served.version.version)
    if sticky.header:
        changed = {"set": [{"name": sticky.header, "value": number}]}
    else:
        # https://www.rfc-editor.org/rfc/rfc6265#section-4.1; `add` leaves the server's own cookies as they are.
        cookie = f"{sticky.cookie}={number}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; Secure; SameSite=Lax"
        changed = {"add": [{"name": "Set-Cookie", "value": cookie}]}
    return {"type": "ResponseHeaderModifier", "responseHeaderModifier": changed}
