"""What the recorder does not know and the components' tests do."""

import hashlib
from collections.abc import Iterator

import pytest
from pulumi.runtime.proto import resource_pb2

from inferencectl.program.recording_monitor import RecordingMonitor
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers import PrometheusOperator


def pushed_digest(name: str) -> str:
    """The digest that an image gets by which it is pushed by that name in these tests."""
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


@pytest.fixture(autouse=True)
def container_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorder answers for an image as Pulumi's provider does, which leaves out the host docker.io."""
    register = RecordingMonitor.RegisterResource

    def built(
        monitor: RecordingMonitor, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        response = register(monitor, request)
        if request.type == "docker:index/image:Image":
            name = str(request.object["imageName"])
            repository = name.rpartition(":")[0].removeprefix("docker.io/")
            response.object["repoDigest"] = f"{repository}@{pushed_digest(name)}"
        return response

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", built)


@pytest.fixture(scope="module")
def prometheus_operator(control_plane: Cluster) -> Iterator[PrometheusOperator]:
    """The operator on the control plane, while the tests of a file run."""
    operator = PrometheusOperator(control_plane)
    operator.start(lambda _: None)
    yield operator
    operator.stop()
