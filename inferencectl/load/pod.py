"""k6 as a pod of a cluster: its requests take the way of a client's, through Service addresses and network policies."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from itertools import islice

from kubernetes.client import ApiClient, ApiException, BatchV1Api, CoreV1Api, V1Pod
from urllib3.exceptions import HTTPError

from inferencectl.load import manifests
from inferencectl.load.load import Load
from inferencectl.load.manifests import LoadPlace
from inferencectl.load.running import RunningLoad
from inferencectl.workspace.errors import SandboxError

_START_SECONDS = 120.0
_POLL_SECONDS = 0.2
_TIMEOUTS = (5.0, None)
_REQUEST_SECONDS = 10.0


@contextmanager
def load_in_cluster(
    api: ApiClient, load: Load, place: LoadPlace, progress: Callable[[str], None]
) -> Iterator[RunningLoad]:
    """Yields the load while it runs; its totals are there once the context has ended, and its objects are deleted.

    The namespace stays. An API server that is away does not disturb the load: its results are read later.

    Raises:
        SandboxError: the pod does not start within two minutes; with what Kubernetes says of it.
    """
    pod = _Pod(api, place)
    progress(f"starting a load of {load.rate} requests a second and protocol on {load.model}")
    pod.create(load)
    running = RunningLoad(load.timeout_seconds)
    try:
        pod.await_start()
        with running.reading(pod.lines(), pod.stop):
            yield running
    finally:
        pod.delete()


class _Pod:
    """The pod of one load, found by its Job."""

    def __init__(self, api: ApiClient, place: LoadPlace) -> None:
        self._core, self._batch, self._place = CoreV1Api(api), BatchV1Api(api), place
        self._stopped = threading.Event()
        self._name = ""

    def create(self, load: Load) -> None:
        """Create the load's objects, in place of those that a killed run has left."""
        place = self._place
        with _ignoring(HTTPStatus.CONFLICT):
            self._core.create_namespace(manifests.namespace(place))
        self.delete()
        self._core.create_namespaced_config_map(place.namespace, manifests.config_map(place, load))
        self._batch.create_namespaced_job(place.namespace, manifests.job(place, load))

    def await_start(self) -> None:
        """Wait until the container runs or has ended."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            pod = self._find()
            if pod and pod.status.phase in ("Running", "Succeeded", "Failed"):
                self._name = pod.metadata.name
                return
            if time.monotonic() > deadline:
                raise SandboxError(f"the load's pod has not started after {_START_SECONDS:.0f} s", _state(pod))
            time.sleep(_POLL_SECONDS)

    def lines(self) -> Iterator[str]:
        """The lines of the container's output, to its end; after a broken connection, from where it broke."""
        read = 0
        while True:
            with suppress(HTTPError, ApiException, OSError):
                for line in islice(self._follow(), read, None):
                    read += 1
                    yield line
                if self._has_ended():
                    return
            if self._stopped.wait(_POLL_SECONDS):
                return

    def stop(self) -> None:
        """End the load: k6 prints its totals when it is asked to end."""
        with suppress(ApiException, HTTPError):
            self._core.delete_namespaced_pod(self._name, self._place.namespace, _request_timeout=_REQUEST_SECONDS)
        self._stopped.set()

    def delete(self) -> None:
        """Delete the load's objects, and wait until they are gone."""
        name, namespace = self._place.name, self._place.namespace
        with _ignoring(HTTPStatus.NOT_FOUND):
            self._batch.delete_namespaced_job(name, namespace, propagation_policy="Foreground")
        with _ignoring(HTTPStatus.NOT_FOUND):
            self._core.delete_namespaced_config_map(name, namespace)
        deadline = time.monotonic() + _START_SECONDS
        while self._exists() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)

    def _exists(self) -> bool:
        with _ignoring(HTTPStatus.NOT_FOUND):
            self._batch.read_namespaced_job(self._place.name, self._place.namespace)
            return True
        return False

    def _find(self) -> V1Pod | None:
        selector = f"batch.kubernetes.io/job-name={self._place.name}"
        pods = self._core.list_namespaced_pod(self._place.namespace, label_selector=selector).items
        return pods[0] if pods else None

    def _follow(self) -> Iterator[str]:
        response = self._core.read_namespaced_pod_log(
            self._name, self._place.namespace, follow=True, _preload_content=False, _request_timeout=_TIMEOUTS
        )
        try:
            rest = b""
            for chunk in response.stream(amt=None):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode(errors="replace") for line in lines)
        finally:
            response.close()

    def _has_ended(self) -> bool:
        try:
            pod = self._core.read_namespaced_pod(self._name, self._place.namespace)
        except ApiException as error:
            return error.status == HTTPStatus.NOT_FOUND
        return pod.status.phase in ("Succeeded", "Failed")


@contextmanager
def _ignoring(status: HTTPStatus) -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        if error.status != status:
            raise


def _state(pod: V1Pod | None) -> str:
    if pod is None:
        return "its Job has made no pod; look at its events"
    waiting = [each.state.waiting for each in pod.status.container_statuses or () if each.state.waiting]
    conditions = [each.message for each in pod.status.conditions or () if each.status == "False" and each.message]
    return (
        "; ".join([*(f"{each.reason}: {each.message or ''}" for each in waiting), *conditions]) or "look at its events"
    )
