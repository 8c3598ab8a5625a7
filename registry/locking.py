"""The command that pins the names in a stack to versions in a local file; the registry is not changed."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from registry import names, report
from registry.drift_reference import REFERENCE, Noise, noise_of
from registry.object_store import ObjectStore
from registry.options import Endpoint, Json, Registry, RequiredPublicKey
from registry.pins import Pin, read_lock, write_lock
from registry.s3_source import S3Source
from registry.signing import KeyVerifier, fingerprint
from registry.source import ModelVersion
from registry.verification import listed_file
from registry.verified import verify_with_progress

_out = Console(soft_wrap=True)
_err = Console(stderr=True, soft_wrap=True)


def lock(  # noqa: PLR0913 - the options of the command
    references: Annotated[list[str], typer.Argument(help="NAME@LABEL or NAME@NUMBER.", metavar="REFERENCE...")],
    *,
    stack: Annotated[str, typer.Option("--stack", help="Stack in which the names are used.")],
    file: Annotated[Path, typer.Option("--lock", help="Lock file to write; pins of other stacks are kept.")],
    registry: Registry,
    public_key: RequiredPublicKey,
    endpoint: Endpoint = None,
    json: Json = False,
) -> None:
    """Pin the names in a stack to versions. Verifies signatures, and all files of newly pinned versions."""
    before = read_lock(file)
    store = ObjectStore(registry, endpoint)
    pins = pinned(store, public_key, references, before.of(stack))
    write_lock(file, before.with_pins(stack, pins))
    if json:
        _out.print_json(report.as_json(pins))
        return
    for name, pin in pins.items():
        _out.print(f"{name}: version {pin.version}, {report.metrics_text(pin.metrics)}", highlight=False, markup=False)


def pinned(
    store: ObjectStore, public_key: Path, references: Iterable[str], before: Mapping[str, Pin]
) -> Mapping[str, Pin]:
    """The versions to which `references` resolve, by reference. `before` holds the current pins.

    Raises:
        RegistryError: a reference does not resolve, or resolves to a version that must not be served.
    """
    verifier, key_fingerprint = KeyVerifier(public_key), fingerprint(public_key)
    source = S3Source(store, verifier)
    pins: dict[str, Pin] = {}
    for reference in references:
        found = source.resolve(names.reference(reference))
        earlier = before.get(reference)
        # A pinned version was fully verified when it was pinned, and every pod verifies it again before serving.
        if not earlier or not earlier.matches(found):
            verify_with_progress(store, verifier, found, _err)
        pins[reference] = Pin.of(found, key_fingerprint, _drift(store, found))
    return pins


def _drift(store: ObjectStore, found: ModelVersion) -> tuple[Noise, ...]:
    """What its reference distribution is good for, if it has one, which is as its publisher signed it."""
    content = listed_file(store, found.name, found.version, REFERENCE)
    return () if content is None else noise_of(content, f"{found.storage}/{REFERENCE}")
