"""The command line of the registry: what it finds in its environment, and what it leaves."""

from dataclasses import dataclass

from tests.registry.models import Bench


@dataclass(frozen=True)
class Finished:
    """What a command left: its exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def known(bench: Bench) -> dict[str, str]:
    return {
        "REGISTRY_URL": bench.url,
        "AWS_ENDPOINT_URL_S3": bench.server.url,
        "REGISTRY_PRIVATE_KEY": str(bench.keys.private),
        "REGISTRY_PUBLIC_KEY": str(bench.keys.public),
        "REGISTRY_USER": "data-science",
    }
