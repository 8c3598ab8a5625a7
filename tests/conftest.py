"""Fixtures shared by all tests: one real control plane for the whole run, one namespace per test."""

import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from kubernetes import client, config

from inferencectl.deployer import Deployer
from inferencectl.sandbox.control_plane import Cluster, ControlPlane
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import VERSITYGW, Toolchain
from tests.environments import installed
from tests.inferencectl.rest import Rest
from tests.made_images import ensure_tested_images, why_no_images
from tests.s3_server import ENVIRONMENT, S3Server
from tests.waiting import soon

EVENTUALLY_SECONDS = 60

pytest_plugins = [
    "tests.session.scheduling",
    "tests.session.builds",
    "tests.session.durations",
    "tests.real_node",
    "tests.live_stack",
]


def pytest_configure() -> None:
    # A runner in the background starts with SIGINT ignored, and commands that a test starts would ignore it as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _silent(_message: str) -> None:
    pass


@pytest.fixture(scope="session")
def tools() -> Toolchain:
    return toolchain.ensure(_silent)


@pytest.fixture(scope="session")
def control_plane(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running control plane; tests share it and keep to namespaces of their own."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), tools).disposable(_silent) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def api_client(control_plane: Cluster) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(control_plane.kubeconfig)) as api:
        yield api


@pytest.fixture
def namespace(api_client: client.ApiClient) -> Iterator[str]:
    """A fresh namespace; its deletion is begun after the test and not waited for."""
    core = client.CoreV1Api(api_client)
    name = f"test-{uuid.uuid4().hex[:8]}"
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
    yield name
    core.delete_namespace(name)


@pytest.fixture
def deployer(api_client: client.ApiClient, namespace: str) -> Deployer:
    """A deployer of a stack that is named after the test's namespace."""
    return Deployer(api_client, namespace)


@pytest.fixture
def rest(api_client: client.ApiClient) -> Rest:
    return Rest(api_client)


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object]], object]:
    """A function that waits until its argument returns something true, and fails the test after a minute."""
    return partial(soon, limit_seconds=EVENTUALLY_SECONDS)


@pytest.fixture(scope="session")
def storage_credentials() -> Iterator[None]:
    """What clients of the S3 server find in the variables of their environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def s3_server(storage_credentials: None) -> Iterator[S3Server]:
    """One S3 server, as moto keeps its buckets for the whole process; tests use folders of their own."""
    with S3Server().running() as running:
        yield running


@pytest.fixture(scope="session")
def store_program() -> Path:
    """The program of the live stack's store."""
    return toolchain.ensure_tool(VERSITYGW, _silent) / "versitygw"


@pytest.fixture(scope="session")
def istio_programs() -> Path:
    """The directory of Istio's programs."""
    return toolchain.ensure_tool(toolchain.ISTIO, _silent)


@pytest.fixture(scope="session")
def istioctl(istio_programs: Path) -> Path:
    """Istio's command line."""
    return istio_programs / "istioctl"


@pytest.fixture(scope="session")
def istio_charts() -> Path:
    """A folder with a folder for each of Istio's charts, of the sources that its programs are built from."""
    return toolchain.ensure_tool(toolchain.ISTIO_CHARTS, _silent) / "files"


@pytest.fixture(scope="session")
def helm() -> Path:
    """Helm, of the version that Pulumi's provider installs releases with."""
    return toolchain.ensure_tool(toolchain.HELM, _silent) / "helm"


@pytest.fixture(scope="session")
def k6() -> Path:
    """The load generator."""
    return toolchain.ensure_tool(toolchain.K6, _silent) / "k6"


@pytest.fixture(scope="session")
def training_python() -> Path:
    """The Python of an environment with TensorFlow, which wants another protobuf than the policy pack does."""
    return installed("training")


@pytest.fixture(scope="session")
def mlflow_python() -> Path:
    """The Python of an environment with an MLflow server."""
    return installed("mlflow-server")


@pytest.fixture(scope="session")
def tools_image_python() -> Path:
    """The Python of an environment with the packages of the tools image."""
    return installed("tools")


@pytest.fixture(scope="session")
def torchserve_python() -> Path:
    """The Python of an environment with TorchServe."""
    return installed("torchserve-server")


@pytest.fixture(scope="session")
def triton_python() -> Path:
    """The Python of an environment with Triton."""
    return installed("triton-server")


@pytest.fixture(scope="session")
def made_images() -> Mapping[str, LocalImage]:
    """The images that are made on the machine, and run in tests."""
    if reason := why_no_images():
        pytest.skip(reason)
    return ensure_tested_images(_silent)
