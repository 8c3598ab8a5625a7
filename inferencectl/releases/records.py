"""The releases of each model, kept in the cluster beside the model: in a ConfigMap that no program owns.

So they are there whoever deploys from wherever, and they go with the namespace.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kubernetes.client import ApiClient

from inferencectl.deployer.connection import Connection, UnreachableError
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Manifest, Resources
from inferencectl.releases.release import Release, Result, versions_of
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Model, Platform

KEPT = 50
_FIELD = "releases.json"


class ReleaseRecords:
    """The releases of the models of one namespace; callers have to ensure that one deployment writes at a time."""

    def __init__(self, api: ApiClient, namespace: str) -> None:
        self._connection = Connection(api)
        self._resources = Resources(api)
        self._namespace = namespace

    def of(self, model: str) -> list[Release]:
        """The releases of a model, the oldest first; empty if there is no record of it.

        Raises:
            SandboxError: the record is not one.
        """
        return self._of([model])[model]

    def of_platform(self, platform: Platform) -> dict[str, list[Release]]:
        """The releases of each model of a platform, as :meth:`of` has those of one."""
        return self._of(model.name for model in platform.models)

    @contextmanager
    def recorded(self, platform: Platform, revision: str) -> Iterator[None]:
        """Record the deployment in the context as a release of each model of which it changes what clients get.

        A deployment that was refused has changed nothing and is no release; one that is killed stays unfinished.
        """
        before = self.of_platform(platform)
        changed = [model for model in platform.models if _is_new(before[model.name], model)]
        by = self._user() if changed else ""
        begun = {model.name: _next(before[model.name], model, by, revision) for model in changed}
        if begun and self._has_namespace():
            self._save_all({name: [*before[name], begun[name]] for name in begun})
        try:
            yield
        except SandboxError as error:
            failed = [] if error.exit_code == BAD_INPUT else [Result.FAILED]
            ended = {
                name: [*before[name], *(replace(release, result=result) for result in failed)]
                for name, release in begun.items()
            }
            # The cause says more than that it could not be recorded. Nobody knows how far it got without an API server.
            with suppress(SandboxError):
                if not isinstance(error, UnreachableError) and self._has_namespace():
                    self._save_all(ended)
            raise
        succeeded = {name: replace(release, result=Result.SUCCEEDED) for name, release in begun.items()}
        self._save_all({name: [*before[name], release] for name, release in succeeded.items()})

    def _of(self, models: Iterable[str]) -> dict[str, list[Release]]:
        """The releases of several models, in few requests."""
        keys = {name: self._key(name) for name in models}
        live = self._resources.live(keys.values())
        return {name: _read(key, live[key]) if key in live else [] for name, key in keys.items()}

    def _user(self) -> str:
        asked: dict[str, Any] = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        answer = self._connection.request("POST", path, subject="the user of this kubeconfig", body=asked)
        return answer["status"]["userInfo"]["username"]

    def _has_namespace(self) -> bool:
        namespace = ObjectKey(group="", version="v1", kind="Namespace", namespace="", name=self._namespace)
        return self._resources.get(namespace) is not None

    def _save_all(self, releases: Mapping[str, Sequence[Release]]) -> None:
        for model, of_model in releases.items():
            self._save(model, of_model)

    def _save(self, model: str, releases: Sequence[Release]) -> None:
        kept = json.dumps([each.data for each in releases[-KEPT:]])
        labels = {"app.kubernetes.io/name": model, "app.kubernetes.io/component": "releases"}
        metadata = {"name": self._key(model).name, "namespace": self._namespace, "labels": labels}
        self._resources.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_FIELD: kept}})

    def _key(self, model: str) -> ObjectKey:
        return ObjectKey(group="", version="v1", kind="ConfigMap", namespace=self._namespace, name=f"{model}-releases")


def _read(key: ObjectKey, found: Manifest) -> list[Release]:
    try:
        return [Release.from_data(each) for each in json.loads(found["data"][_FIELD])]
    except (KeyError, TypeError, ValueError) as error:
        raise SandboxError(
            f"{key}: the record of releases is not readable: {error!r}",
            "correct it, or delete it: the next `up` then begins a new one",
        ) from None


def _is_new(releases: Sequence[Release], model: Model) -> bool:
    return not releases or releases[-1].result is not Result.SUCCEEDED or not releases[-1].is_of(model)


def _next(before: Sequence[Release], model: Model, by: str, revision: str) -> Release:
    return Release(
        number=before[-1].number + 1 if before else 1,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        by=by,
        revision=revision,
        result=Result.UNFINISHED,
        rollout=model.rollout.strategy,
        versions=versions_of(model),
        release=model.release.keys,
    )
