"""Reading every byte of a version, with progress: what several commands do before they rely on it."""

from rich.console import Console

from registry.object_store import ObjectStore
from registry.report import progress_of
from registry.signing import Verifier
from registry.source import ModelVersion
from registry.verification import verify


def verify_with_progress(store: ObjectStore, verifier: Verifier, version: ModelVersion, console: Console) -> None:
    """Check all there is to check of a version.

    Raises:
        RegistryError: as `verify`.
    """
    told = f"verifying {version.name} version {version.version}"
    with progress_of(console, told, version.total_size) as progress:
        verify(store, version.name, version.version, verifier, progress)
