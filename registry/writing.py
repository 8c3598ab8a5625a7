"""The commands that write to the registry."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from registry import labels, names, publication, report, retirement
from registry.description_file import read_description
from registry.errors import bad_input
from registry.object_store import ObjectStore
from registry.options import (
    By,
    Day,
    DescriptionFile,
    Endpoint,
    Identity,
    Issuer,
    Json,
    Keyless,
    Name,
    NumberOption,
    PrivateKey,
    PublicKey,
    ReferenceText,
    Registry,
    Trust,
    required,
    signer_of,
    source_of,
    user,
    verifier_of,
)
from registry.publication import Publication
from registry.s3_source import S3Source
from registry.verified import verify_with_progress

_out = Console(soft_wrap=True)
_err = Console(stderr=True, soft_wrap=True)


def publish(  # noqa: PLR0913 - the options of the command
    name: Name,
    directory: Annotated[Path, typer.Argument(help="Directory of the exported model.")],
    description: DescriptionFile,
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    version: NumberOption = None,
    private_key: PrivateKey = None,
    keyless: Keyless = False,
    trust: Trust = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Sign the model in a directory and publish it as a new version. An interrupted publication is finished."""
    wanted = Publication(
        name=name,
        description=read_description(description, {}),
        published_by=user(by),
        signer=signer_of(private_key, trust, keyless=keyless),
    )
    _publish(registry, endpoint, wanted, directory, version, json=json)


def import_command(  # noqa: PLR0913 - the options of the command
    reference: ReferenceText,
    source: Annotated[str, typer.Option("--from", help="Where it is now: mlflow+https://server.")],
    description: DescriptionFile,
    *,
    registry: Registry,
    path: Annotated[Path, typer.Option("--path", help="Folder of the exported model in what is fetched.")] = Path(),
    name: Annotated[str | None, typer.Option("--name", help="Name here; by default the same.")] = None,
    endpoint: Endpoint = None,
    private_key: PrivateKey = None,
    keyless: Keyless = False,
    trust: Trust = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Fetch a version from another registry, sign it and publish it here."""
    origin = source_of(source, None, None)
    found = origin.resolve(names.foreign_reference(reference))
    known = {"metrics": found.metrics, "codeRevision": found.code_revision, "origin": f"{source} {reference}"}
    wanted = Publication(
        name=name or found.name,
        description=read_description(description, {key: value for key, value in known.items() if value}),
        published_by=user(by),
        signer=signer_of(private_key, trust, keyless=keyless),
    )
    with tempfile.TemporaryDirectory() as scratch:
        fetched = Path(scratch) / "model"
        with report.progress_of(_err, f"fetching {reference}", found.total_size) as progress:
            origin.fetch(found, fetched, progress)
        _publish(registry, endpoint, wanted, fetched / path, None, json=json)


def promote(  # noqa: PLR0913 - the options of the command
    reference: Annotated[str, typer.Argument(help="NAME@NUMBER or NAME@LABEL.", metavar="REFERENCE")],
    label: Annotated[str, typer.Argument(help="Label that the version gets, such as stable.")],
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    expected: Annotated[int | None, typer.Option("--from", help="Refuse unless this version has it now.")] = None,
    expires: Day = None,
    public_key: PublicKey = None,
    identity: Identity = None,
    issuer: Issuer = None,
    trust: Trust = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Verify a version and give it a label. Refused where somebody else moved the label meanwhile."""
    store = ObjectStore(registry, endpoint)
    verifier = required(verifier_of(public_key, identity, issuer, trust))
    version = S3Source(store, verifier).resolve(names.reference(reference))
    verify_with_progress(store, verifier, version, _err)
    moved = labels.promote(
        store,
        labels.Promotion(
            name=version.name,
            version=version.version,
            label=label,
            moved_by=user(by),
            expected=expected,
            expires=expires.date() if expires else None,
        ),
    )
    if json:
        _out.print_json(report.as_json(moved))
    else:
        before = moved.history[-1].from_version or "none"
        _out.print(f"{version.name}@{label}: {before} → {version.version}", highlight=False)


def retire(  # noqa: PLR0913 - the options of the command
    reference: Annotated[str, typer.Argument(help="NAME@NUMBER.", metavar="REFERENCE")],
    reason: Annotated[str, typer.Option("--reason", help="Why it must not be served any more.")],
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Say that a version must not be served any more. Its files stay."""
    wanted = names.reference(reference)
    if not isinstance(wanted.wanted, int):
        raise bad_input(f"{reference} is no NAME@NUMBER", "retire a version by its number, as labels move")
    store = ObjectStore(registry, endpoint)
    done = retirement.retire(store, wanted.name, wanted.wanted, retired_by=user(by), reason=reason)
    if json:
        _out.print_json(report.as_json(done))
    else:
        _out.print(f"{wanted.name} version {wanted.wanted} is retired: {reason}", highlight=False, markup=False)


def clear(
    name: Name,
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    hours: Annotated[int, typer.Option("--older-than-hours", min=0, help="Leave younger ones alone.")] = 24,
    json: Json = False,
) -> None:
    """Give up publications that were interrupted, and delete what they left. Publishing does so too, after a day."""
    names.require_name(name)
    numbers = publication.clear(ObjectStore(registry, endpoint), name, timedelta(hours=hours))
    if json:
        _out.print_json(report.as_json(numbers))
    else:
        given_up = ", ".join(map(str, numbers)) or "none"
        _out.print(f"unfinished versions of {name} that were given up: {given_up}", highlight=False)


def _publish(  # noqa: PLR0913 - what the two commands that publish have in common
    registry: str, endpoint: str | None, wanted: Publication, directory: Path, version: int | None, *, json: bool
) -> None:
    store = ObjectStore(registry, endpoint)
    total = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
    with report.progress_of(_err, f"publishing {wanted.name}", total) as progress:
        done = publication.publish(store, wanted, directory, version, progress)
    if json:
        _out.print_json(report.as_json(done))
        return
    _out.print(f"published {done.metadata.name} version {done.metadata.version}", highlight=False)
    report.print_stack_line(_out, done.metadata.version, done.storage, done.sha256)
