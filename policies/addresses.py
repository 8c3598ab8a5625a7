"""What addresses and ranges of them lead to."""

import ipaddress
from collections.abc import Iterable

# Wider than any private range: as good as everything.
_SHORTEST_PREFIX = {4: 8, 6: 16}
# The instance metadata services of AWS, Azure, Google and most others, of AWS over IPv6, and of Alibaba Cloud.
_METADATA = tuple(ipaddress.ip_address(each) for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200"))
# A range of at most so many addresses is meant for what is in it: clusters use wider ones around the last for pods.
_SHORTEST_MEANT = {4: 16, 6: 32}


def is_wide(cidr: str) -> bool:
    """Whether a range is as good as everything; what is none counts as one."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return True
    return network.prefixlen < _SHORTEST_PREFIX[network.version]


def metadata_service(cidr: str, excepted: Iterable[str] = ()) -> bool:
    """Whether a range, but for those ``excepted``, contains a cloud's metadata service, and few others."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
        without = [ipaddress.ip_network(each, strict=False) for each in excepted]
    except ValueError:
        return False
    if network.prefixlen < _SHORTEST_MEANT[network.version]:
        return False
    return any(address in network and not any(address in each for each in without) for address in _METADATA)


def leads_astray(address: str) -> bool:
    """Whether an address is no pod's or server's: the node itself, what is near it, or a metadata service."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified or parsed in _METADATA
