"""Verification of a version with a progress display, for several commands."""

from rich.console import Console

from registry.object_store import ObjectStore
from registry.report import progress_of
from registry.signing import Verifier
from registry.source import ModelVersion
from registry.verification import verify


def verify_with_progress(store: ObjectStore, verifier: Verifier, version: ModelVersion, console: Console) -> None:
    """Verify a version, and show the progress on `console`.

    Raises:
        RegistryError: as for `verify`.
    """
    description = f"verifying {version.name} version {version.version}"
    with progress_of(console, description, version.total_size) as progress:
        verify(store, version.name, version.version, verifier, progress)
