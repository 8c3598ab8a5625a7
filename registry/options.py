"""The options of the command line, and the objects made from them."""

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from registry import keys
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
        help="URL of the registry: s3://bucket/prefix, the only kind to publish to; list, show and fetch also accept "
        "mlflow+https://server.",
    ),
]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="AWS_ENDPOINT_URL_S3", help="Endpoint URL of S3-compatible storage.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
By = Annotated[
    str | None, typer.Option("--by", envvar="REGISTRY_USER", help="Author to record; by default the current user.")
]
KmsKey = Annotated[
    str | None,
    typer.Option("--kms-key", envvar="REGISTRY_KMS_KEY", help="KMS key with which the storage encrypts."),
]
MinimumSamples = Annotated[
    int, typer.Option(min=1, help="sampling.minimumSamples of the stacks in which the model is sampled.")
]
PsiThreshold = Annotated[
    float, typer.Option(min=0.01, help="sampling.psiThreshold of the stacks in which the model is sampled.")
]
PrivateKey = Annotated[
    Path | None,
    typer.Option(
        "--private-key",
        envvar="REGISTRY_PRIVATE_KEY",
        help="PEM file of the ECDSA key to sign with. Set REGISTRY_KEY_PASSWORD if it is encrypted.",
    ),
]
Keyless = Annotated[
    bool,
    typer.Option("--keyless", help="Sign through Sigstore with the token in SIGSTORE_ID_TOKEN or the workload's."),
]
_PUBLIC_KEY = typer.Option(
    "--public-key", envvar="REGISTRY_PUBLIC_KEY", help="PEM file of the public key to verify with."
)
PublicKey = Annotated[Path | None, _PUBLIC_KEY]
RequiredPublicKey = Annotated[Path, _PUBLIC_KEY]
Identity = Annotated[str | None, typer.Option("--identity", help="Identity that must have signed (keyless).")]
Issuer = Annotated[str | None, typer.Option("--issuer", help="OpenID Connect issuer URL of that identity.")]
Trust = Annotated[Path | None, typer.Option("--trust", help="JSON trust configuration of a private Sigstore.")]
Name = Annotated[str, typer.Argument(help="Name of the model.")]
NumberOption = Annotated[
    int | None, typer.Option("--version", min=1, help="Version number; by default the next free one.")
]
ReferenceText = Annotated[str, typer.Argument(help="NAME, NAME@LABEL or NAME@NUMBER.", metavar="REFERENCE")]
DescriptionFile = Annotated[
    Path, typer.Option("--description", help="YAML file that describes the version; see docs/registry.md.")
]
Day = Annotated[datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="Last day of the label, in UTC.")]


def source_of(registry: str, endpoint: str | None, verifier: Verifier | None) -> Source:
    """The registry at a URL, of either kind."""
    if registry.startswith("mlflow+"):
        # Importing MLflow takes seconds, and most commands do not need it.
        from registry.mlflow_source import MlflowSource  # noqa: PLC0415

        return MlflowSource(registry)
    return S3Source(ObjectStore(registry, endpoint), verifier)


def signer_of(private_key: Path | None, trust: Path | None, *, keyless: bool) -> Signer:
    """The signer selected by the options.

    Raises:
        RegistryError: neither or both of the ways to sign are specified, or the key cannot be used.
    """
    if (private_key is None) is not keyless:
        raise bad_input("no signing method, or more than one", "specify either --private-key or --keyless")
    if private_key is None:
        return KeylessSigner(os.environ.get("SIGSTORE_ID_TOKEN"), trust)
    signer = KeySigner(private_key, os.environ.get("REGISTRY_KEY_PASSWORD"))
    signer.verifier()  # reads the key: a wrong one is refused before large files are read
    return signer


def verifier_of(
    public_key: Path | None, identity: str | None, issuer: str | None, trust: Path | None
) -> Verifier | None:
    """The verifier selected by the options, or None if they select none.

    Raises:
        RegistryError: the options contradict each other, only half of an identity is specified, or the key cannot be
            used.
    """
    if public_key and (identity or issuer):
        raise bad_input("both a key and an identity are specified", "specify --public-key, or --identity and --issuer")
    if public_key:
        keys.public_key(public_key)
        return KeyVerifier(public_key)
    if identity and issuer:
        return KeylessVerifier(identity, issuer, trust)
    if identity or issuer:
        raise bad_input("the identity is incomplete", "specify both --identity and --issuer")
    return None


def required(verifier: Verifier | None) -> Verifier:
    """The verifier.

    Raises:
        RegistryError: there is none.
    """
    if verifier is None:
        raise bad_input("no trusted signer is specified", "specify --public-key, or --identity and --issuer")
    return verifier


def user(by: str | None) -> str:
    """`by`, or the name of the current user."""
    return by or getpass.getuser()
