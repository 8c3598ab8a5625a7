"""The pack knows the probes of every runtime that the platform serves with, as the rules at admission do."""

import pytest

from components.model_service.runtimes import RUNTIMES
from rules import probes
from versions import RUNTIME_IMAGES


@pytest.mark.parametrize("name", RUNTIMES)
def test_the_pack_and_the_runtime_agree_on_its_probes(name: str) -> None:
    readiness = RUNTIMES[name].readiness
    (known,) = (each for each in probes.RUNTIMES if each.image.pattern == readiness.image)
    assert known.readiness_path.pattern == readiness.path
    assert (known.example, known.has_grpc_health) == (readiness.example_path, readiness.has_grpc_health)


@pytest.mark.parametrize("name", RUNTIMES)
def test_the_images_of_a_runtime_are_known_as_its_own_and_as_no_others(name: str) -> None:
    for image in (RUNTIME_IMAGES[name].cpu, RUNTIME_IMAGES[name].gpu):
        known = [each.image.pattern for each in probes.RUNTIMES if each.image.search(str(image))]
        assert known == [RUNTIMES[name].readiness.image]


def test_the_pack_knows_no_runtime_that_is_not_there() -> None:
    assert len(probes.RUNTIMES) == len(RUNTIMES)
