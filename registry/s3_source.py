"""The platform's own registry as a source of models."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from registry.claim import listed_digests, published_listing, published_numbers
from registry.documents import parsed
from registry.errors import RegistryError, bad_input
from registry.labels import Label, labels_of, read_label, readable_labels
from registry.listing import LISTING, METADATA, OWN_FILES, digest_of
from registry.metadata import Metadata
from registry.model_files import Progress
from registry.names import LATEST, Reference, folder, require_name
from registry.object_store import ObjectStore
from registry.retirement import retirement_of
from registry.signing import Verifier
from registry.source import ModelVersion, Overview
from registry.verification import verify_documents


class S3Source:
    """Models in an S3 bucket. Resolving and fetching require a verifier, because only signed versions are served."""

    def __init__(self, store: ObjectStore, verifier: Verifier | None = None) -> None:
        self._store = store
        self._verifier = verifier

    def models(self) -> Sequence[str]:
        """See `Source`. Only models with a published version are included."""
        return [name for name in self._store.folders() if any(published_numbers(self._store, name))]

    def overview(self, name: str) -> Overview:
        """See `Source`."""
        require_name(name)
        labels, unreadable = readable_labels(self._store, name)
        versions: list[ModelVersion] = []
        for number in published_numbers(self._store, name):
            try:
                versions.append(self._described(name, number, labels))
            except RegistryError as error:
                unreadable.append(error)
        return Overview(versions, unreadable)

    def number(self, wanted: Reference) -> int:
        """See `Source`."""
        require_name(wanted.name)
        return self._pinned(wanted)[0]

    def show(self, name: str, version: int) -> ModelVersion:
        """See `Source`."""
        require_name(name)
        return self._described(name, version, labels_of(self._store, name))

    def _described(self, name: str, version: int, labels: Sequence[Label]) -> ModelVersion:
        place = folder(name, version)
        listing = published_listing(self._store, name, version)
        found = self._store.read(f"{place}/{METADATA}")
        if listing is None or found is None:
            raise bad_input(f"{name} has no version {version}", "see: python -m registry list")
        metadata = parsed(Metadata, found.content, f"{self._store.url}/{place}/{METADATA}")
        retirement = retirement_of(self._store, name, version)
        own = [label for label in labels if label.version == version]
        expired = tuple(label.label for label in own if label.expired(datetime.now(UTC)))
        return ModelVersion(
            name=name,
            version=version,
            storage=f"{self._store.url}/{place}",
            sha256=digest_of(listing),
            labels=tuple(label.label for label in own if label.label not in expired),
            expired_labels=expired,
            published_by=metadata.published_by,
            published_at=metadata.published_at,
            metrics=metadata.description.metrics,
            framework=metadata.description.framework,
            data_revision=metadata.description.data_revision,
            code_revision=metadata.description.code_revision,
            licence=metadata.description.licence,
            data_class=metadata.description.data_class,
            total_size=metadata.total_size,
            retained_until=metadata.retained_until,
            retired=retirement.reason if retirement else None,
        )

    def resolve(self, wanted: Reference) -> ModelVersion:
        """See `Source`. Verifies the signature, and that the version may be served."""
        require_name(wanted.name)
        number, pinned = self._pinned(wanted)
        verify_documents(self._store, wanted.name, number, self._required_verifier())
        version = self.show(wanted.name, number)
        if pinned and pinned != version.sha256:
            raise RegistryError(
                f"{wanted} was promoted with SHA-256 {pinned}, but version {number} now has {version.sha256}",
                "do not serve it; the version was tampered with",
            )
        return version

    def fetch(self, version: ModelVersion, directory: Path, progress: Progress) -> None:
        """See `Source`. Each file is verified while it is copied."""
        verify_documents(self._store, version.name, version.version, self._required_verifier())
        if directory.exists():
            raise bad_input(f"{directory} already exists", "specify a new directory")
        incoming = directory.with_name(f"{directory.name}.incoming-{os.getpid()}")
        try:
            self._copy(version, incoming, progress)
            incoming.rename(directory)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def _copy(self, version: ModelVersion, incoming: Path, progress: Progress) -> None:
        listing = published_listing(self._store, version.name, version.version) or b""
        place = folder(version.name, version.version)
        for path, digest in listed_digests(self._store, version.name, version.version, listing).items():
            target = incoming / path
            if not target.resolve().is_relative_to(incoming.resolve()):
                raise RegistryError(
                    f"{self._store.url}/{place} lists {path}, which is outside its folder", "do not serve it"
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            content = hashlib.sha256()
            with target.open("wb") as file:
                for chunk in self._store.chunks(f"{place}/{path}"):
                    content.update(chunk)
                    file.write(chunk)
                    if path not in OWN_FILES:
                        progress(len(chunk))
            if content.hexdigest() != digest:
                raise RegistryError(
                    f"{self._store.url}/{place}/{path} was modified: its SHA-256 differs", "do not serve it"
                )
        (incoming / LISTING).write_bytes(listing)

    def _pinned(self, wanted: Reference) -> tuple[int, str | None]:
        """The number of the version, and its SHA-256 at the time of promotion if it is referred to by label."""
        if isinstance(wanted.wanted, int):
            return wanted.wanted, None
        if wanted.wanted == LATEST:
            return self._latest(wanted.name), None
        label = read_label(self._store, wanted.name, wanted.wanted)
        if label is None:
            known = ", ".join(label.label for label in labels_of(self._store, wanted.name)) or "none"
            raise bad_input(f"{wanted.name} has no label '{wanted.wanted}'", f"its labels: {known}")
        if label.expired(datetime.now(UTC)):
            raise RegistryError(f"{wanted} expired on {label.expires}", "promote a version to it again")
        return label.version, label.sha256

    def _latest(self, name: str) -> int:
        now, labels = datetime.now(UTC).date(), labels_of(self._store, name)
        served = [
            version.version
            for version in (self._described(name, number, labels) for number in published_numbers(self._store, name))
            if not version.retired and version.retained_until and version.retained_until >= now
        ]
        if not served:
            raise bad_input(f"{name} has no version that may be served", "see: python -m registry list")
        return max(served)

    def _required_verifier(self) -> Verifier:
        if self._verifier is None:
            raise bad_input("no trusted signer is specified", "specify --public-key, or --identity and --issuer")
        return self._verifier
