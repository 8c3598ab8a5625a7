"""N02: whom network policies let in and out."""

from collections.abc import Callable, Iterator

from addresses import is_wide, metadata_service
from label_selectors import names_nothing
from node import Node
from rule import Check, Find, Rule, Severity, Violation, all_of, for_each, for_pods, of_kinds
from subject import Resource
from workloads import Pod

_CILIUM = ("cilium.io/CiliumNetworkPolicy", "cilium.io/CiliumClusterwideNetworkPolicy")
_EVERYTHING = ("all", "world", "world-ipv4", "world-ipv6")
_CLUSTER_POLICIES = tuple(
    f"policy.networking.k8s.io/{kind}"
    for kind in ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")
)
_ACCEPTING = ("Allow", "Accept")
_GATEWAY_PROXY = "gateway.networking.k8s.io/gateway-name"
_NO_METADATA = "Remove it: the cloud's metadata service gives the node's credentials to whoever asks."


def _egress(policy: Resource) -> list[Node]:
    return policy.properties.get("spec").get("egress").items()


def _restricted_ingress(policy: Resource) -> list[Node]:
    """Where requests come in, less where a gateway listens: its proxies are there for whoever is outside."""
    spec = policy.properties.get("spec")
    rules = spec.get("ingress").items()
    if not spec.get("podSelector").get("matchLabels").get(_GATEWAY_PROXY).is_set():
        return rules
    return [rule for rule in rules if rule.get("from").items() or not rule.get("ports").items()]


def _names_peers(field: str) -> Callable[[Node], Iterator[Violation]]:
    def check(rule: Node) -> Iterator[Violation]:
        peers = rule.get(field)
        if not peers.items():
            yield Violation(peers.path, "every peer", f"Set {field} to the peers that are meant.")
        for peer in peers.items():
            yield from _narrow_peer(peer)
            if field == "to":
                yield from _no_metadata(peer)

    return check


def _narrow_peer(peer: Node) -> Iterator[Violation]:
    cidr = peer.get("ipBlock").get("cidr")
    if cidr.is_set() and is_wide(cidr.text() or ""):
        yield Violation.of(cidr)
    namespaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
    if _selects_everything(namespaces) and (not pods.is_set() or _selects_everything(pods)):
        yield Violation(namespaces.path, "every pod of every namespace", "Set namespaceSelector.matchLabels.")


def _no_metadata(peer: Node) -> Iterator[Violation]:
    block = peer.get("ipBlock")
    excepted = [each.text() or "" for each in block.get("except").items()]
    if not is_wide(block.get("cidr").text() or "") and metadata_service(block.get("cidr").text() or "", excepted):
        yield Violation.of(block.get("cidr"), _NO_METADATA)


def _selects_everything(selector: Node) -> bool:
    return selector.is_set() and names_nothing(selector)


def _is_no_gateway(pod: Pod) -> Iterator[Violation]:
    label = pod.metadata.get("labels").get(_GATEWAY_PROXY)
    if label.is_set():
        yield Violation.of(label, "Remove the label: policies may open pods that carry it to everybody.")


def _cilium_rules(policy: Resource) -> Iterator[tuple[Node, str, str]]:
    """Each rule of a policy, or of the policies in a list of them, with the fields for entities and addresses."""
    for spec in (policy.properties.get("spec"), *policy.properties.get("specs").items()):
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction).items():
                yield rule, f"{peers}Entities", f"{peers}CIDR"


def _cilium_names_peers(place: tuple[Node, str, str]) -> Iterator[Violation]:
    rule, entities, addresses = place
    for entity in rule.get(entities).items():
        if entity.text() in _EVERYTHING:
            yield Violation.of(entity, f"Set {entities} to those that are meant, or toFQDNs, or addresses.")
    for address in rule.get(addresses).items():
        if is_wide(address.text() or ""):
            yield Violation.of(address, f"Set {addresses} to the addresses that are needed.")
        elif addresses == "toCIDR" and metadata_service(address.text() or ""):
            yield Violation.of(address, _NO_METADATA)


def _accepting_peers(policy: Resource) -> Iterator[Node]:
    spec = policy.properties.get("spec")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction).items():
            if rule.get("action").text() in _ACCEPTING:
                yield from rule.get(peers).items()


def _cluster_peer_is_narrow(peer: Node) -> Iterator[Violation]:
    pods = peer.get("pods")
    of_pods = pods.is_set() and _selects_everything(pods.get("namespaceSelector"))
    if _selects_everything(peer.get("namespaces")) or (of_pods and _selects_everything(pods.get("podSelector"))):
        remedy = "Set namespaces.matchLabels: no NetworkPolicy can take back what this allows."
        yield Violation(peer.path, "every pod of every namespace", remedy)
    for network in peer.get("networks").items():
        if is_wide(network.text() or ""):
            yield Violation.of(network, "Set networks to the addresses that are needed.")


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
            _for_policies(for_each(_restricted_ingress, _names_peers("from"))),
            _for_policies(for_each(_egress, _names_peers("to"))),
            for_pods(_is_no_gateway),
            of_kinds(_CILIUM, for_each(_cilium_rules, _cilium_names_peers)),
            of_kinds(_CLUSTER_POLICIES, for_each(_accepting_peers, _cluster_peer_is_narrow)),
        ),
    ),
)
