"""The options of the command line, and what is made of them."""

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.errors import bad_input
from registry.object_store import ObjectStore
from registry.s3_source import S3Source
from registry.signing import KeylessSigner, KeylessVerifier, KeySigner, KeyVerifier, Signer, Verifier
from registry.source import Source

Registry = Annotated[
    str,
    typer.Option(
        "--registry",
        envvar="REGISTRY_URL",
        help="The registry, s3://bucket/prefix; to list, show and fetch also mlflow+https://server.",
    ),
]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="AWS_ENDPOINT_URL_S3", help="URL of S3-compatible storage.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
By = Annotated[
    str | None, typer.Option("--by", envvar="REGISTRY_USER", help="Who does this; by default the user here.")
]
PrivateKey = Annotated[
    Path | None,
    typer.Option(
        "--private-key",
        envvar="REGISTRY_PRIVATE_KEY",
        help="PEM file of an ECDSA key to sign with; its password, if any, is in REGISTRY_KEY_PASSWORD.",
    ),
]
Keyless = Annotated[
    bool,
    typer.Option("--keyless", help="Sign through Sigstore, with the token in SIGSTORE_ID_TOKEN or the workload's own."),
]
_PUBLIC_KEY = typer.Option(
    "--public-key", envvar="REGISTRY_PUBLIC_KEY", help="PEM file of the key whose signatures count."
)
PublicKey = Annotated[Path | None, _PUBLIC_KEY]
RequiredPublicKey = Annotated[Path, _PUBLIC_KEY]
Identity = Annotated[str | None, typer.Option("--identity", help="Whose keyless signatures count.")]
Issuer = Annotated[str | None, typer.Option("--issuer", help="Who vouches for that identity: an OpenID Connect URL.")]
Trust = Annotated[
    Path | None, typer.Option("--trust", help="Trust configuration of a Sigstore of your own, a JSON file.")
]
Name = Annotated[str, typer.Argument(help="Name of the model.")]
NumberOption = Annotated[
    int | None, typer.Option("--version", min=1, help="Number of the version; by default the next free one.")
]
ReferenceText = Annotated[str, typer.Argument(help="NAME, NAME@LABEL or NAME@NUMBER.", metavar="REFERENCE")]
DescriptionFile = Annotated[
    Path, typer.Option("--description", help="YAML file that describes the version: docs/registry.md.")
]
Day = Annotated[datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="Last day of the label, in UTC.")]


def source_of(registry: str, endpoint: str | None, verifier: Verifier | None) -> Source:
    """The registry at a URL, whichever product it is."""
    if registry.startswith("mlflow+"):
        # Importing MLflow takes seconds, and most commands do without.
        from registry.mlflow_source import MlflowSource  # noqa: PLC0415

        return MlflowSource(registry)
    return S3Source(ObjectStore(registry, endpoint), verifier)


def signer_of(private_key: Path | None, trust: Path | None, *, keyless: bool) -> Signer:
    """What signs, as the options say."""
    if (private_key is None) is not keyless:
        raise bad_input("it must be said how to sign", "name --private-key or --keyless, and not both")
    if private_key is None:
        return KeylessSigner(os.environ.get("SIGSTORE_ID_TOKEN"), trust)
    return KeySigner(private_key, os.environ.get("REGISTRY_KEY_PASSWORD"))


def verifier_of(
    public_key: Path | None, identity: str | None, issuer: str | None, trust: Path | None
) -> Verifier | None:
    """Whose signature counts, as the options say; None where they do not."""
    if public_key and (identity or issuer):
        raise bad_input("a key and an identity are named", "name --public-key, or --identity and --issuer")
    if public_key:
        return KeyVerifier(public_key)
    if identity and issuer:
        return KeylessVerifier(identity, issuer, trust)
    if identity or issuer:
        raise bad_input("half of an identity is named", "name --identity and --issuer")
    return None


def required(verifier: Verifier | None) -> Verifier:
    """The verifier, for what cannot be done without."""
    if verifier is None:
        raise bad_input("nothing says whose signature counts", "name --public-key, or --identity and --issuer")
    return verifier


def user(by: str | None) -> str:
    """Who does this: as told, or the user of this machine."""
    return by or getpass.getuser()
