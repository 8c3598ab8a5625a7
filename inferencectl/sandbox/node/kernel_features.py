"""What the node's network needs of the kernel, tried with the node's own programs in namespaces that end at once."""

from collections.abc import Mapping
from pathlib import Path

from inferencectl.sandbox.node.prerequisites import Prerequisite, command_fails

_NAT = "add table ip probe; add chain ip probe nat { type nat hook postrouting priority 100; }"
_CHOICE = "add rule ip probe nat numgen random mod 2 vmap { 0 : accept, 1 : drop }"
_MATCHES = "-m set --match-set probe src -m addrtype --dst-type LOCAL -m conntrack --ctstate NEW -m comment --comment a"
FEATURES: Mapping[str, tuple[str, str]] = {
    "pairs of interfaces": ("ip link add probe0 type veth peer name probe1", "veth"),
    "address translation by nf_tables": (
        f"nft '{_NAT}; add rule ip probe nat fib daddr type local masquerade; {_CHOICE}'",
        "nf_tables, nft_masq, nft_fib_ipv4 and nft_numgen",
    ),
    "sets of addresses": ("ipset create probe hash:ip timeout 0", "ip_set and ip_set_hash_ip"),
    "rules of iptables on nf_tables": (
        f"ipset create probe hash:ip && iptables-nft -A FORWARD {_MATCHES} -j MARK --set-mark 1",
        "nft_compat, xt_set, xt_addrtype, xt_conntrack, xt_comment and xt_mark",
    ),
}
"""What the node does → the commands that try it, run by a shell in the node's root, and the modules that it takes."""

_SHELL = 'mount -t tmpfs run "$1/run" && exec chroot "$1" sh -c "$2"'
_SEARCH_PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


def of_the_kernel(root: Path) -> tuple[Prerequisite, ...]:
    """What is needed of the kernel, tried with the programs in `root`, the directory of the node's root file system."""
    isolated = ("env", _SEARCH_PATH, "unshare", "--mount", "--net", "sh", "-c", _SHELL, "probe", str(root))
    return tuple(
        Prerequisite(
            lack=lambda what=what, commands=commands: command_fails(
                f"the kernel does not offer {what}", (*isolated, commands)
            ),
            remedy=f"load the kernel's modules {modules}, or use a kernel that has them",
        )
        for what, (commands, modules) in FEATURES.items()
    )
