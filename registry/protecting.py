"""The commands that print what the owner of the bucket sets on it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from registry.errors import bad_input
from registry.object_store import ObjectStore
from registry.options import Endpoint, Registry
from registry.protection import Access, bucket_policy, lifecycle

_out = Console(soft_wrap=True)


def bucket_policy_command(
    kms_key: Annotated[
        str, typer.Option("--kms-key", envvar="REGISTRY_KMS_KEY", help="ARN of the one key that may encrypt.")
    ],
    *,
    registry: Registry,
    publishers: Annotated[list[str], typer.Option("--publisher", help="ARN of who publishes; may be repeated.")] = [],  # noqa: B006 - typer's form
    readers: Annotated[
        list[str], typer.Option("--reader", help="NAME=ARN: who may read that model alone; may be repeated.")
    ] = [],  # noqa: B006 - typer's form
) -> None:
    """Print a bucket policy: TLS only, everything encrypted with one key, and each reader at one model."""
    access = Access(publishers=publishers, readers=_by_model(readers))
    _out.print_json(data=bucket_policy(ObjectStore(registry), kms_key, access))


def bucket_lifecycle_command(
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    names: Annotated[list[str] | None, typer.Argument(help="Models; by default all.")] = None,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=1, help="How long the files of a retired version stay.")
    ] = 365,
) -> None:
    """Print a lifecycle that deletes the files of versions some time after they were retired."""
    store = ObjectStore(registry, endpoint)
    _out.print_json(data=lifecycle(store, names or store.folders(), keep_days))


def _by_model(readers: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for reader in readers:
        name, _, who = reader.partition("=")
        if not who:
            raise bad_input(f"reader {reader!r} is no NAME=ARN", "name the model and who may read it")
        found[name].append(who)
    return found
