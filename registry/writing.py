"""The commands that write to the registry."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from registry import labels, names, publication, report, retirement
from registry.description_file import read_description
from registry.drift_reference import Compared, require_comparable
from registry.errors import bad_input
from registry.model_files import read_files
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
    KmsKey,
    MinimumSamples,
    Name,
    NumberOption,
    PrivateKey,
    PsiThreshold,
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
    kms_key: KmsKey = None,
    version: NumberOption = None,
    private_key: PrivateKey = None,
    keyless: Keyless = False,
    trust: Trust = None,
    by: By = None,
    minimum_samples: MinimumSamples = 500,
    psi_threshold: PsiThreshold = 0.25,
    json: Json = False,
) -> None:
    """Sign the model in a directory and publish it as a new version, or finish an interrupted publication of it."""
    wanted = Publication(
        name=name,
        description=read_description(description, {}),
        published_by=user(by),
        signer=signer_of(private_key, trust, keyless=keyless),
    )
    require_comparable(directory, Compared(rows=minimum_samples, threshold=psi_threshold))
    _publish(ObjectStore(registry, endpoint, kms_key), wanted, directory, version, json=json)


def import_command(  # noqa: PLR0913 - the options of the command
    reference: ReferenceText,
    source: Annotated[str, typer.Option("--from", help="URL of the source registry: mlflow+https://server.")],
    description: DescriptionFile,
    *,
    registry: Registry,
    path: Annotated[Path, typer.Option("--path", help="Folder of the exported model within the artifact.")] = Path(),
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the model in this registry; by default the same.")
    ] = None,
    endpoint: Endpoint = None,
    kms_key: KmsKey = None,
    private_key: PrivateKey = None,
    keyless: Keyless = False,
    trust: Trust = None,
    by: By = None,
    minimum_samples: MinimumSamples = 500,
    psi_threshold: PsiThreshold = 0.25,
    json: Json = False,
) -> None:
    """Fetch a version from another registry, sign it and publish it in this one."""
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
        exported = _folder(fetched, path)
        require_comparable(exported, Compared(rows=minimum_samples, threshold=psi_threshold))
        _publish(ObjectStore(registry, endpoint, kms_key), wanted, exported, None, json=json)


def _folder(artifact: Path, path: Path) -> Path:
    folders = sorted(each.relative_to(artifact) for each in (artifact, *artifact.rglob("*")) if each.is_dir())
    if path not in folders:
        raise bad_input(
            f"--path {path}: the artifact has no such folder",
            f"name one that it has: {', '.join(map(str, folders))}",
        )
    return artifact / path


def promote(  # noqa: PLR0913 - the options of the command
    reference: Annotated[str, typer.Argument(help="NAME@NUMBER or NAME@LABEL.", metavar="REFERENCE")],
    label: Annotated[str, typer.Argument(help="Label to move, such as stable.")],
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    kms_key: KmsKey = None,
    expected: Annotated[int | None, typer.Option("--from", help="Version that must have the label now.")] = None,
    expires: Day = None,
    public_key: PublicKey = None,
    identity: Identity = None,
    issuer: Issuer = None,
    trust: Trust = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Verify a version and move a label to it. Fails if someone else moves the label concurrently."""
    until = expires.date() if expires else None
    labels.require_lasting(until)
    store = ObjectStore(registry, endpoint, kms_key)
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
            expires=until,
        ),
    )
    if json:
        _out.print_json(report.as_json(moved))
    else:
        before = moved.history[-1].from_version or "none"
        _out.print(f"{version.name}@{label}: {before} → {version.version}", highlight=False)


def retire(  # noqa: PLR0913 - the options of the command
    reference: Annotated[str, typer.Argument(help="NAME@NUMBER.", metavar="REFERENCE")],
    reason: Annotated[str, typer.Option("--reason", help="Reason for which the version must no longer be served.")],
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    kms_key: KmsKey = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Retire a version permanently, so that it is no longer served. Its files are kept."""
    wanted = names.reference(reference)
    if not isinstance(wanted.wanted, int):
        raise bad_input(
            f"{reference} is not of the form NAME@NUMBER", "specify the version by its number, as labels move"
        )
    store = ObjectStore(registry, endpoint, kms_key)
    done = retirement.retire(store, wanted.name, wanted.wanted, retired_by=user(by), reason=reason)
    if json:
        _out.print_json(report.as_json(done))
    else:
        _out.print(f"retired {wanted.name} version {wanted.wanted}: {reason}", highlight=False, markup=False)


def clear(  # noqa: PLR0913 - the options of the command
    name: Name,
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    kms_key: KmsKey = None,
    hours: Annotated[
        int, typer.Option("--older-than-hours", min=0, help="Keep publications that are younger than this.")
    ] = 24,
    json: Json = False,
) -> None:
    """Abandon interrupted publications and delete their files. Publishing also does this, after a day."""
    names.require_name(name)
    numbers = publication.clear(ObjectStore(registry, endpoint, kms_key), name, timedelta(hours=hours))
    if json:
        _out.print_json(report.as_json(numbers))
    else:
        abandoned = ", ".join(map(str, numbers)) or "none"
        _out.print(f"abandoned unfinished versions of {name}: {abandoned}", highlight=False)


def _publish(store: ObjectStore, wanted: Publication, directory: Path, version: int | None, *, json: bool) -> None:
    names.require_name(wanted.name)
    total = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
    with report.progress_of(_err, f"reading {directory}", total) as progress:
        files = read_files(directory, progress)
    with report.progress_of(_err, f"publishing {wanted.name}", total) as progress:
        done = publication.publish(store, wanted, files, version, progress)
    if json:
        _out.print_json(report.as_json(done))
        return
    _out.print(f"published {done.metadata.name} version {done.metadata.version}", highlight=False)
    report.print_stack_line(_out, done.metadata.version, done.storage, done.sha256)
