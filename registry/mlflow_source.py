"""An MLflow model registry as a source of models.

MLflow neither signs versions nor stores their digests, so a version must be imported into the platform's own registry
before a stack can use it. Source: https://mlflow.org/docs/latest/ml/model-registry/
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Read when MLflow is imported: https://mlflow.org/docs/latest/community/usage-tracking/
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# Report an unreachable server after seconds rather than minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

from mlflow import MlflowClient, artifacts
from mlflow.exceptions import MlflowException

from registry.errors import RegistryError, bad_input
from registry.model_files import Progress
from registry.names import LATEST, Reference
from registry.source import ModelVersion, Overview

SCHEME = "mlflow+"
"""Prefix of the server's URL that selects MLflow."""
_COMMIT = "mlflow.source.git.commit"
_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


class MlflowSource:
    """The registry of an MLflow server. Aliases become labels; credentials come from MLflow's environment variables."""

    def __init__(self, url: str) -> None:
        self._url = url.removeprefix(SCHEME)
        self._client: Any = MlflowClient(tracking_uri=self._url, registry_uri=self._url)

    def models(self) -> Sequence[str]:
        """See `Source`."""
        with self._translated_errors("the models"):
            return sorted(model.name for model in _pages(self._client.search_registered_models))

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """The versions of a model, in ascending order."""
        with self._translated_errors(name):
            quoted = name.replace("'", "\\'")
            found = _pages(self._client.search_model_versions, filter_string=f"name='{quoted}'")
            return [self.show(name, number) for number in sorted(int(version.version) for version in found)]

    def overview(self, name: str) -> Overview:
        """See `Source`. MLflow keeps its versions in a database, where none is unreadable."""
        return Overview(self.versions(name))

    def show(self, name: str, version: int) -> ModelVersion:
        """See `Source`. Metrics and commit are those of the run that produced the version."""
        with self._translated_errors(f"{name} version {version}"):
            return self._described(self._client.get_model_version(name, str(version)))

    def number(self, wanted: Reference) -> int:
        """See `Source`."""
        if isinstance(wanted.wanted, int):
            return wanted.wanted
        if wanted.wanted == LATEST:
            versions = self.versions(wanted.name)
            if not versions:
                raise bad_input(f"{self._url}: {wanted.name} has no versions", "register one in MLflow")
            return versions[-1].version
        with self._translated_errors(str(wanted)):
            return int(self._client.get_model_version_by_alias(wanted.name, wanted.wanted).version)

    def resolve(self, wanted: Reference) -> ModelVersion:
        """See `Source`. MLflow has nothing to verify."""
        return self.show(wanted.name, self.number(wanted))

    def fetch(self, version: ModelVersion, directory: Path, progress: Progress) -> None:
        """See `Source`."""
        if directory.exists():
            raise bad_input(f"{directory} already exists", "specify a new directory")
        with self._translated_errors(version.storage), tempfile.TemporaryDirectory(dir=directory.parent) as incoming:
            place = self._client.get_model_version_download_uri(version.name, str(version.version))
            fetched = artifacts.download_artifacts(place, dst_path=incoming, tracking_uri=self._url)
            progress(sum(file.stat().st_size for file in Path(fetched).rglob("*") if file.is_file()))
            shutil.move(fetched, directory)

    def _described(self, found: Any) -> ModelVersion:  # noqa: ANN401 - MLflow has no annotations
        run = self._client.get_run(found.run_id).data if found.run_id else None
        return ModelVersion(
            name=found.name,
            version=int(found.version),
            storage=found.source,
            sha256=None,
            labels=tuple(found.aliases),
            published_by=found.user_id or (run.tags.get("mlflow.user") if run else None) or None,
            published_at=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
            metrics=dict(run.metrics) if run else {},
            code_revision=run.tags.get(_COMMIT) if run else None,
        )

    @contextmanager
    def _translated_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except MlflowException as error:
            message = f"{self._url}: {what}: {_reason(error)}"
            if error.error_code in _ABSENT:
                raise bad_input(message, f"run: python -m registry list --registry {SCHEME}{self._url}") from None
            raise RegistryError(message, "check the URL, the network and MLFLOW_TRACKING_TOKEN") from None


def _reason(error: MlflowException) -> str:
    """What the operating system or TLS says, where that is the cause; otherwise the server's own first line."""
    found, cause = str(error).splitlines()[0], error.__context__
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            found = cause.strerror
        cause = cause.__context__
    return found


def _pages(search: Any, **query: str) -> Iterator[Any]:  # noqa: ANN401 - MLflow has no annotations
    token = None
    while True:
        page = search(page_token=token, **query)
        yield from page
        token = page.token
        if not token:
            return
