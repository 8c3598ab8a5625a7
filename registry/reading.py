"""The commands that read from the registry."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from registry import names, report
from registry.errors import FAILED
from registry.object_store import ObjectStore
from registry.options import (
    Endpoint,
    Identity,
    Issuer,
    Json,
    PublicKey,
    ReferenceText,
    Registry,
    Trust,
    required,
    source_of,
    verifier_of,
)
from registry.s3_source import S3Source
from registry.verified import verify_with_progress

_out = Console(soft_wrap=True)
_err = Console(stderr=True, soft_wrap=True)


def list_command(
    registry: Registry,
    name: Annotated[str | None, typer.Argument(help="Name of a model; by default all models are listed.")] = None,
    endpoint: Endpoint = None,
    json: Json = False,
) -> None:
    """List published versions. Exits with 1 if some cannot be read, and lists the others."""
    source = source_of(registry, endpoint, None)
    wanted = [name] if name else source.models()
    overviews = [source.overview(model) for model in wanted]
    versions = [version for overview in overviews for version in overview.versions]
    if json:
        _out.print_json(report.as_json(versions))
    else:
        report.print_versions(_out, versions)
    unreadable = [error for overview in overviews for error in overview.unreadable]
    for error in unreadable:
        _err.print(f"error: {error}", highlight=False, markup=False)
    if unreadable:
        raise typer.Exit(FAILED)


def show(reference: ReferenceText, registry: Registry, endpoint: Endpoint = None, json: Json = False) -> None:
    """Show the metadata of a version without verifying it."""
    source = source_of(registry, endpoint, None)
    wanted = names.foreign_reference(reference)
    version = source.show(wanted.name, source.number(wanted))
    if json:
        _out.print_json(report.as_json(version))
    else:
        report.print_version(_out, version)


def resolve(  # noqa: PLR0913 - the options of the command
    reference: ReferenceText,
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    public_key: PublicKey = None,
    identity: Identity = None,
    issuer: Issuer = None,
    trust: Trust = None,
    json: Json = False,
) -> None:
    """Resolve a name to a version with verified signature, and print its storage and digest for a stack."""
    source = S3Source(ObjectStore(registry, endpoint), required(verifier_of(public_key, identity, issuer, trust)))
    version = source.resolve(names.reference(reference))
    if json:
        _out.print_json(report.as_json(version))
    else:
        report.print_stack_line(_out, version.version, version.storage, version.sha256)


def verify(  # noqa: PLR0913 - the options of the command
    reference: ReferenceText,
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    public_key: PublicKey = None,
    identity: Identity = None,
    issuer: Issuer = None,
    trust: Trust = None,
    json: Json = False,
) -> None:
    """Verify every file, the signature, the metadata and the retention of a version."""
    store = ObjectStore(registry, endpoint)
    verifier = required(verifier_of(public_key, identity, issuer, trust))
    version = S3Source(store, verifier).resolve(names.reference(reference))
    verify_with_progress(store, verifier, version, _err)
    if json:
        _out.print_json(report.as_json(version))
    else:
        _out.print(f"verified {version.name} version {version.version}", highlight=False)


def fetch(  # noqa: PLR0913 - the options of the command
    reference: ReferenceText,
    directory: Annotated[Path, typer.Argument(help="Directory to create for the files.")],
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    public_key: PublicKey = None,
    identity: Identity = None,
    issuer: Issuer = None,
    trust: Trust = None,
) -> None:
    """Download and verify a version into a new directory."""
    source = source_of(registry, endpoint, verifier_of(public_key, identity, issuer, trust))
    version = source.resolve(names.foreign_reference(reference))
    with report.progress_of(_err, f"fetching {reference}", version.total_size) as progress:
        source.fetch(version, directory, progress)
    _out.print(f"fetched {version.name} version {version.version} to {directory}", highlight=False)
