"""Compares the client's messages with the official ones, in an environment that has those.

``official_messages.py MESSAGES PACKAGES MODULE...`` imports the module MESSAGES of the client beside the official
modules. Each difference is a line of output, and the last line is the number of fields and values that were compared.
PACKAGES are the official ones, separated by commas.
"""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool


def pairs(file: Any, packages: list[str]) -> Iterator[tuple[str, Any, Any]]:
    """The name of each field and value of a file, as the client has it and as the official package has it, or None."""
    for ours, official in described(file, packages):
        for kind in ("field", "value"):
            numbers = {each.name: each for each in getattr(official, kind, ())}
            for each in getattr(ours, kind, ()):
                yield f"{ours.name}.{each.name}", each, numbers.get(each.name)


def described(file: Any, packages: list[str]) -> Iterator[tuple[Any, Any]]:
    """Each message and enumeration, nested ones included, beside the official one of its name."""
    pool = descriptor_pool.Default()
    found = [("", each) for each in (*file.message_type, *file.enum_type)]
    while found:
        outer, ours = found.pop()
        name = f"{outer}{ours.name}"
        is_enum = isinstance(ours, descriptor_pb2.EnumDescriptorProto)
        if not is_enum:
            found += [(f"{name}.", each) for each in (*ours.nested_type, *ours.enum_type)]
        find = pool.FindEnumTypeByName if is_enum else pool.FindMessageTypeByName
        official = type(ours)()
        for package in packages:
            try:
                find(f"{package}.{name}").CopyToProto(official)
            except KeyError:
                continue
        yield ours, official


def form(each: Any) -> tuple[Any, ...]:
    """What is on the wire, and the name of the message or enumeration of a field."""
    if isinstance(each, descriptor_pb2.EnumValueDescriptorProto):
        return (each.number,)
    return each.number, each.type, each.label, each.type_name.rpartition(".")[2]


def main(messages: str, packages: list[str], modules: list[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    client = descriptor_pb2.FileDescriptorProto()
    importlib.import_module(messages).DESCRIPTOR.CopyToProto(client)
    compared = 0
    for name, ours, official in pairs(client, packages):
        compared += 1
        if official is None or form(ours) != form(official):
            sys.stdout.write(f"{name}: {ours}, officially {official}".replace("\n", " ") + "\n")
    sys.stdout.write(f"{compared}\n")


main(sys.argv[1], sys.argv[2].split(","), sys.argv[3:])
