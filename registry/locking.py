"""The command that pins what the names in a stack mean. It writes a file here, and nothing in the registry."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from registry import names, report
from registry.object_store import ObjectStore
from registry.options import Endpoint, Json, Registry, RequiredPublicKey
from registry.pins import Pin, read_lock, write_lock
from registry.s3_source import S3Source
from registry.signing import KeyVerifier, fingerprint
from registry.verified import verify_with_progress

_out = Console(soft_wrap=True)
_err = Console(stderr=True, soft_wrap=True)


def lock(  # noqa: PLR0913 - the options of the command
    references: Annotated[list[str], typer.Argument(help="NAME@LABEL or NAME@NUMBER, each.", metavar="REFERENCE...")],
    *,
    stack: Annotated[str, typer.Option("--stack", help="Stack that has the names.")],
    file: Annotated[Path, typer.Option("--lock", help="File to write; the pins of other stacks in it stay.")],
    registry: Registry,
    public_key: RequiredPublicKey,
    endpoint: Endpoint = None,
    json: Json = False,
) -> None:
    """Pin the versions that the names of a stack mean now. Checks signatures, and every byte of what is pinned anew."""
    before = read_lock(file)
    store = ObjectStore(registry, endpoint)
    pins = pinned(store, public_key, references, before.of(stack))
    write_lock(file, before.having(stack, pins))
    if json:
        _out.print_json(report.as_json(pins))
        return
    for name, pin in pins.items():
        _out.print(f"{name}: version {pin.version}, {report.metrics_text(pin.metrics)}", highlight=False, markup=False)


def pinned(
    store: ObjectStore, public_key: Path, references: Iterable[str], before: Mapping[str, Pin]
) -> Mapping[str, Pin]:
    """The versions that names mean, by the names as they are given; `before` holds the pins that were there.

    Raises:
        RegistryError: a name means nothing, or a version that must not be served; no other is told then.
    """
    verifier, key_fingerprint = KeyVerifier(public_key), fingerprint(public_key)
    source = S3Source(store, verifier)
    pins: dict[str, Pin] = {}
    for reference in references:
        found = source.resolve(names.reference(reference))
        earlier = before.get(reference)
        # Its bytes were read when it was pinned, and every pod reads them again before it serves them.
        if not earlier or not earlier.is_of(found):
            verify_with_progress(store, verifier, found, _err)
        pins[reference] = Pin.of(found, key_fingerprint)
    return pins
