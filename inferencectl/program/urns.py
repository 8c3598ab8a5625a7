"""The parts of Pulumi's URNs: ``urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>``."""


def name_in(urn: str) -> str:
    """The resource's name; empty for an empty URN."""
    return urn.rpartition("::")[2]


def type_in(urn: str) -> str:
    """The resource's own type token; empty for an empty URN."""
    return urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2]


def readable(urn: str) -> str:
    """Kind and name, such as ``Deployment iris-v1-servers``; an empty URN stands for the stack."""
    return f"{type_in(urn).rpartition(':')[2]} {name_in(urn)}" if urn else "the stack"
