"""What real meshes of the tests run on."""

from pathlib import Path

import pytest
from kubernetes.client import ApiClient

from benchmarks.mirroring_proxy import envoy_program
from inferencectl.sandbox.control_plane import Cluster
from tests.components.service_mesh.istio_processes import Programs
from tests.components.service_mesh.running_mesh import Eventually, Ground


@pytest.fixture(scope="module")
def envoy() -> Path:
    return envoy_program()


@pytest.fixture(scope="module")
def programs(istio_programs: Path, envoy: Path) -> Programs:
    return Programs(istio=istio_programs, envoy=envoy)


@pytest.fixture(scope="module")
def ground(
    api_client: ApiClient,
    control_plane: Cluster,
    programs: Programs,
    tmp_path_factory: pytest.TempPathFactory,
    eventually: Eventually,
) -> Ground:
    return Ground(
        api=api_client,
        control_plane=control_plane,
        programs=programs,
        directory=tmp_path_factory.mktemp("mesh"),
        eventually=eventually,
    )
