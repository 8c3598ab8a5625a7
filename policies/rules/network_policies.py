"""N02: whom network policies let in and out."""

import ipaddress
from collections.abc import Callable, Iterator

from node import Node
from rule import Check, Find, Rule, Severity, Violation, all_of, for_each, of_kinds
from subject import Resource

# Wider than any private range: as good as everything.
_SHORTEST_PREFIX = {4: 8, 6: 16}


def _rules(direction: str) -> Callable[[Resource], list[Node]]:
    return lambda policy: policy.properties.get("spec").get(direction).items()


def _names_peers(field: str) -> Callable[[Node], Iterator[Violation]]:
    def check(rule: Node) -> Iterator[Violation]:
        peers = rule.get(field)
        if not peers.items():
            yield Violation(peers.path, "every peer", f"Set {field} to the peers that are meant.")
        for peer in peers.items():
            yield from _narrow_peer(peer)

    return check


def _narrow_peer(peer: Node) -> Iterator[Violation]:
    cidr = peer.get("ipBlock").get("cidr")
    if cidr.is_set() and _is_wide(cidr.text() or ""):
        yield Violation.of(cidr)
    namespaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
    if _selects_everything(namespaces) and (not pods.is_set() or _selects_everything(pods)):
        yield Violation(namespaces.path, "every pod of every namespace", "Set namespaceSelector.matchLabels.")


def _is_wide(cidr: str) -> bool:
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return True
    return network.prefixlen < _SHORTEST_PREFIX[network.version]


def _selects_everything(selector: Node) -> bool:
    is_selective = selector.get("matchLabels").entries() or selector.get("matchExpressions").items()
    return selector.is_set() and not is_selective


def _for_policies(find: Find) -> Check:
    return of_kinds(["networking.k8s.io/NetworkPolicy"], find)


RULES = (
    Rule(
        id="N02",
        title="Network policies name their peers",
        why="A rule without peers, or with every address, allows everyone: the policy looks like a protection and "
        "protects nothing.",
        severity=Severity.HIGH,
        remedy="Set ipBlock.cidr to the addresses that are needed, not to 0.0.0.0/0.",
        check=all_of(
            _for_policies(for_each(_rules("ingress"), _names_peers("from"))),
            _for_policies(for_each(_rules("egress"), _names_peers("to"))),
        ),
    ),
)
