"""The commands that print the configuration that the bucket's owner applies."""

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
        str, typer.Option("--kms-key", envvar="REGISTRY_KMS_KEY", help="ARN of the only key allowed for encryption.")
    ],
    *,
    registry: Registry,
    publishers: Annotated[list[str], typer.Option("--publisher", help="ARN of a publisher; may be repeated.")] = [],  # noqa: B006 - typer's form
    readers: Annotated[
        list[str], typer.Option("--reader", help="NAME=ARN: a reader of that model only; may be repeated.")
    ] = [],  # noqa: B006 - typer's form
) -> None:
    """Print a bucket policy that requires TLS and encryption with one key, and restricts each reader to one model."""
    access = Access(publishers=publishers, readers=_by_model(readers))
    _out.print_json(data=bucket_policy(ObjectStore(registry), kms_key, access))


def bucket_lifecycle_command(
    *,
    registry: Registry,
    endpoint: Endpoint = None,
    names: Annotated[list[str] | None, typer.Argument(help="Names of models; by default all.")] = None,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=1, help="Days to keep the files of a retired version.")
    ] = 365,
) -> None:
    """Print a bucket lifecycle that deletes the files of retired versions after a number of days."""
    store = ObjectStore(registry, endpoint)
    _out.print_json(data=lifecycle(store, names or store.folders(), keep_days))


def _by_model(readers: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for reader in readers:
        name, _, who = reader.partition("=")
        if not who:
            raise bad_input(f"reader {reader!r} is not of the form NAME=ARN", "specify the model and its reader")
        found[name].append(who)
    return found
