"""What follows the size of a model: the time that its files are given, and the disk of the node."""

from typing import Any

import pytest

from components.model_service.args import ServedVersion
from components.model_service.manifests import durations, resources, storage, workload
from settings import ResourceClass, Volume, quantity_bytes
from tests.components.model_service.served_models import pod
from tests.components.models import MODELS, RUNTIME_EXAMPLES, model, service_args

MEBIBYTE = 2**20
LOADING = 900 + 5 * 60  # with five further attempts of TensorFlow Serving a minute apart
ROOMY = ResourceClass(cpu="8", memory="400Gi")
SIZES = {"120Gi": (6144, 2458), "1Gi": (52, 21), "10Mi": (1, 1)}
"""Seconds to copy a model at 20 MiB per second, and to read it at 50 MiB per second."""

every_size = pytest.mark.parametrize(
    ("size", "copying", "reading"), [(size, *seconds) for size, seconds in SIZES.items()], ids=list(SIZES)
)


def served(of: ResourceClass = ROOMY, **fields: Any) -> ServedVersion:
    changed = {"load_timeout_seconds": 900, "scaling": None, "replicas": 2, **fields}
    return service_args(model(**changed), resources=of).served[0]


def imported(size: str, of: ResourceClass = ROOMY) -> ServedVersion:
    return served(of, size=size, volume=Volume(capacity="1Ti"))


@every_size
def test_servers_have_the_time_that_their_files_take(size: str, copying: int, reading: int) -> None:
    """Beside the time to load, and ten minutes for scheduling and images."""
    for of, seconds in ((served(size=size), copying), (imported(size), reading)):
        deployment: Any = workload.deployment(of)
        assert deployment.spec.progress_deadline_seconds == LOADING + seconds + 600
        assert durations.ready_timeouts(of).create == f"{2 * (LOADING + seconds) + 600}s"


@every_size
def test_an_import_has_the_time_to_copy_and_to_go_on(size: str, copying: int, reading: int) -> None:
    """And an hour in which storage may be away; whoever waits for it does so for longer."""
    of = imported(size)
    limit = 3600 + copying + reading
    job: Any = storage.import_job(of)
    assert job.spec.active_deadline_seconds == limit
    assert durations.import_timeouts(of).create == durations.import_timeouts(of).update == f"{limit + 60}s"


def test_few_processors_take_longer() -> None:
    slow = ResourceClass(cpu="100m", memory="400Gi")
    assert durations.files_seconds(served(slow, size="120Gi")) == 2 * SIZES["120Gi"][0]
    assert durations.files_seconds(imported("120Gi", slow)) > 2 * SIZES["120Gi"][1]


def server_pod(of: ServedVersion) -> Any:
    return pod(of)


def import_pod(of: ServedVersion) -> Any:
    job: Any = storage.import_job(of)
    return job.spec.template.spec


def disk_of(spec: Any) -> int:
    """What the kubelet and the scheduler make of a pod's containers, which is the same for requests and limits."""
    amounts = {
        container.name: quantity_bytes(container.resources.limits["ephemeral-storage"])
        for container in [*(spec.init_containers or []), *spec.containers]
    }
    for container in [*(spec.init_containers or []), *spec.containers]:
        assert container.resources.requests == container.resources.limits
    together = sum(amounts[container.name] for container in spec.containers)
    return max([together, *(amounts[container.name] for container in spec.init_containers or [])])


def directories_of(spec: Any) -> int:
    """The most that the pod's directories on the node's disk may take before it is evicted for one of them."""
    directories = [volume.empty_dir for volume in spec.volumes if volume.empty_dir]
    return sum(quantity_bytes(each.size_limit) for each in directories if each.medium != "Memory")


KINDS = {**MODELS, **RUNTIME_EXAMPLES}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_pod_is_not_evicted_for_what_it_may_write(kind: str) -> None:
    of = service_args(model(**KINDS[kind])).served[0]
    specs = [server_pod(of)]
    if of.model.volume:
        specs.append(import_pod(of))
    for spec in specs:
        logs = 2 * 5 * 10 * MEBIBYTE
        assert disk_of(spec) >= directories_of(spec) + logs


@pytest.mark.parametrize("size", list(SIZES))
def test_a_pod_keeps_the_disk_that_its_copy_takes_and_little_more(size: str) -> None:
    spec = server_pod(served(size=size))
    copy = next(volume.empty_dir.size_limit for volume in spec.volumes if volume.name == "models")
    assert quantity_bytes(copy) > 1.05 * quantity_bytes(size)
    assert disk_of(spec) <= 1.11 * quantity_bytes(size) + 300 * MEBIBYTE


@pytest.mark.parametrize("size", list(SIZES))
def test_a_volume_takes_the_copy_off_the_nodes(size: str) -> None:
    of = imported(size)
    for spec in (server_pod(of), import_pod(of)):
        assert disk_of(spec) <= 300 * MEBIBYTE


def test_an_import_is_not_larger_than_a_server() -> None:
    of = imported("120Gi")
    assert resources.import_resources(of)["cpu"] == "500m"
    assert resources.init_resources(of)["cpu"] == "8"
