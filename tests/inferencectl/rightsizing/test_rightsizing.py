"""The right-sizing report against a real Prometheus that contains a week of a cluster's metrics.

Nothing is scraped: the week is written into Prometheus' blocks, with the names and labels of cAdvisor and of
NVIDIA's DCGM exporter.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from inferencectl.rightsizing.prometheus_api import PrometheusApi
from inferencectl.rightsizing.queries import CPU_METRIC, DUPLICATES, GPU_MEMORY_METRIC, MEMORY_METRIC, QUERIES, Pods
from inferencectl.rightsizing.window import read_window
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from tests.inferencectl.checkout import STACK, Checkout, model, tiny
from tests.inferencectl.rightsizing.backfilled_prometheus import Past, remembering

NAMESPACE = "models-tiny"
WEEK, DAY, HOUR = 7 * 86_400, 86_400, 3600
MIB = 2**20
PRICES = {"currency": "EUR", "cpuHour": 0.04, "memoryGibHour": 0.005, "acceleratorHour": {"a100-40gb": 3}}
POOL = {"provisioner": "existing", "accelerator": "a100-40gb", "maxNodes": 2}
POOLS = [
    {**POOL, "name": "whole", "labels": {"pool": "whole"}},
    {**POOL, "name": "shared", "labels": {"pool": "shared"}, "sharing": {"strategy": "mps", "replicas": 4}},
]
ACCELERATED = {
    "resourceClasses": {
        "card": {"cpu": 2, "memory": "8Gi", "gpu": {"accelerator": "a100-40gb", "count": 1}},
        "quarter": {"cpu": 2, "memory": "8Gi", "gpu": {"accelerator": "a100-40gb", "share": 0.25}},
    },
    "gpuSoftware": {"namespace": "gpu-operator"},
}


def day_and_night(day: float, night: float) -> Callable[[int], float]:
    """The integral of a rate that is high for a quarter of the time: p95 is ``day``."""
    period, high = 4 * HOUR, HOUR

    def total(since: int) -> float:
        periods, rest = divmod(since, period)
        return periods * (high * day + (period - high) * night) + min(rest, high) * day + max(rest - high, 0) * night

    return total


def spiking(usual: float, spike: float) -> Callable[[int], float]:
    """A constant with one sample in a week that is higher."""
    return lambda since: spike if since == WEEK // 2 // 120 * 120 else usual


def labelled(pod: str, *, renamed: bool = False, **labels: str) -> Mapping[str, str]:
    """The labels of a container, as they arrive with and without honorLabels."""
    own = {"namespace": NAMESPACE, "pod": pod, "container": "model-server"}
    if renamed:
        target = {"namespace": "monitoring", "pod": "exporter-x7k2p", "container": "exporter"}
        own = target | {f"exported_{name}": value for name, value in own.items()}
    return {"job": "kubelet", "id": f"/kubepods/{pod}", **own, **labels}


def container(
    pod: str, cores: Callable[[int], float], memory: Callable[[int], float], *, seconds: int = WEEK, **labels: Any
) -> Iterator[Past]:
    yield Past(metric=CPU_METRIC, labels=labelled(pod, **labels), value=cores, seconds=seconds)
    yield Past(metric=MEMORY_METRIC, labels=labelled(pod, **labels), value=memory, seconds=seconds)


def steady(value: float) -> Callable[[int], float]:
    return lambda _since: value


def steadily(rate: float) -> Callable[[int], float]:
    return lambda since: since * rate


def a_week() -> Iterator[Past]:
    # Two pods, of which one is busier; a whole card that is hardly used.
    yield from container("vision-v1-6c9f7d5b8c-abcde", day_and_night(0.5, 0.1), spiking(600 * MIB, 1000 * MIB))
    yield from container("vision-v1-6c9f7d5b8c-fghij", steadily(0.05), steady(200 * MIB), renamed=True)
    card = {**labelled("vision-v1-6c9f7d5b8c-abcde", renamed=True), "gpu": "0", "UUID": "GPU-1"}
    yield Past(metric="DCGM_FI_DEV_GPU_UTIL", labels=card, value=steady(12))
    yield Past(metric=GPU_MEMORY_METRIC, labels=card, value=spiking(2000, 6000))
    # Not theirs: pods of another version and another namespace, and containers other than the server.
    for other in ({"pod": "vision-v10-0"}, {"namespace": "elsewhere"}, {"container": "fetch-model"}, {"container": ""}):
        labels = {**labelled("vision-v1-6c9f7d5b8c-abcde"), **other}
        yield Past(metric=CPU_METRIC, labels=labels, value=steadily(30))
        yield Past(metric=MEMORY_METRIC, labels=labels, value=steady(90_000 * MIB))
    # A stateful model that was restarted: two IDs of one container.
    yield from container("sessions-v1-0", steadily(0.89), steady(1900 * MIB))
    yield from container("sessions-v1-0", steadily(0.89), steady(1900 * MIB), seconds=DAY, id="/kubepods/again")
    yield from container("sharing-v1-6c9f7d5b8c-abcde", steadily(1.9), steady(7000 * MIB))
    yield from container("young-v1-6c9f7d5b8c-abcde", steadily(0.1), steady(100 * MIB), seconds=2 * DAY)
    for job in ("kubelet", "node-agent"):
        yield from container("twice-v1-6c9f7d5b8c-abcde", steadily(0.1), steady(100 * MIB), job=job)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with remembering(a_week(), tmp_path_factory.mktemp("prometheus")) as url:
        yield url


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = Checkout.copied_to(tmp_path_factory.mktemp("rightsizing"))
    made.write(STACK, platform())
    return made


def platform() -> dict[str, Any]:
    by_cpu = {"minReplicas": 1, "maxReplicas": 3, "cpuUtilizationPercent": 50}
    models = [
        model("vision", resources="card", size="300Mi", replicas=2),
        model("sessions", stateful=True, scaling=by_cpu),
        model("sharing", resources="quarter", replicas=1),
        *(model(name, replicas=1) for name in ("young", "twice", "unseen")),
    ]
    return {**tiny(*models), **ACCELERATED, "pools": POOLS, "prices": PRICES}


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_is_one_that_prometheus_answers_with_one_element(prometheus: str, name: str) -> None:
    pods = Pods(namespace=NAMESPACE, names="vision-v1-[a-z0-9]+(-[a-z0-9]{5})?")
    api, window = PrometheusApi.at(prometheus), read_window("7d")
    (element,) = api.vector(QUERIES[name].text(pods, window))
    expected = {
        "cpu_steps": window.steps,
        "cpu_p95_cores": 0.5,
        "cpu_max_cores": 0.5,
        "memory_steps": window.steps,
        "memory_max_bytes": 1000 * MIB,
        "gpu_steps": window.steps,
        "gpu_p95_percent": 12,
        "gpu_memory_max_mib": 6000,
    }
    assert element.value == pytest.approx(expected[name], rel=0.01)
    nobody = Pods(namespace=NAMESPACE, names="unseen-v1-0")
    assert api.vector(QUERIES[name].text(nobody, window)) == ()


@pytest.mark.parametrize(("name", "series"), [("sessions-v1-0", 1), ("twice-v1-.*", 2)])
@pytest.mark.parametrize("metric", DUPLICATES)
def test_a_container_that_started_again_is_one_and_one_scraped_twice_is_two(
    prometheus: str, metric: str, name: str, series: int
) -> None:
    query = DUPLICATES[metric].text(Pods(namespace=NAMESPACE, names=name), read_window("7d"))
    assert len(PrometheusApi.at(prometheus).vector(query)) == series


def test_the_report_proposes_what_was_enough_with_headroom(checkout: Checkout, prometheus: str) -> None:
    finished = checkout.on_stack("rightsizing", "--prometheus", prometheus, "--json")
    assert finished.code == 0, finished.err
    reported = json.loads(finished.out)
    models = {each["name"]: each for each in reported["models"]}
    # 0.5 cores x 1.2; 1000 MiB x 1.25, which is more than 2.5 x 300 MiB; a quarter of the card has 10 of its 40 GiB.
    assert models["vision"]["proposed"] == {
        "cpu": "600m",
        "memory": "1280Mi",
        "gpu": {"accelerator": "a100-40gb", "share": 0.25},
    }
    assert float(models["vision"]["took"]["cpu_p95_cores"]) == pytest.approx(0.5, rel=0.01)
    # An autoscaler that aims at 50 % keeps 0.89 cores at twice that; the memory is as much as it has.
    assert models["sessions"]["proposed"] == {"cpu": "1800m", "memory": "2432Mi"}
    assert models["sharing"]["gpu_note"] == "DCGM does not report the usage of each pod on a shared GPU"
    assert models["sharing"]["proposed"]["gpu"] == {"accelerator": "a100-40gb", "share": 0.25}
    assert models["sharing"]["proposed"]["cpu"] == "2300m"
    assert "container_cpu_usage_seconds_total covers only 29% of 7d" in models["young"]["reason"]
    assert models["twice"]["reason"] == (
        "2 series of container_cpu_usage_seconds_total for pod twice-v1-6c9f7d5b8c-abcde, where one is expected; they "
        "differ in job: scrape it only once"
    )
    assert "has no container_cpu_usage_seconds_total for its pods in models-tiny" in models["unseen"]["reason"]


def test_people_get_a_table_what_it_saves_and_lines_that_can_be_pasted(checkout: Checkout, prometheus: str) -> None:
    finished = checkout.on_stack("rightsizing", "--prometheus", prometheus, "--window", "7d")
    assert finished.code == 0, finished.err
    assert finished.is_plain
    for fragment in ("CPU 2", "p95 0.50, max 0.50", "600m", "max 1000 MiB", "a share of 0.25"):
        assert fragment in finished.out
    assert "young: no proposal: container_cpu_usage_seconds_total covers only 29% of 7d" in finished.out
    # Of a month: two pods with 1.4 cores, 6.75 GiB and three quarters of a card less.
    assert ", -3416 EUR\n" in finished.out.partition("cost with these proposals:")[2]
    pasted = yaml.safe_load(finished.out.partition("keeps its other settings:")[2])
    stack = platform()
    stack["resourceClasses"] |= pasted["resourceClasses"]
    named = {each["name"]: each["resources"] for each in pasted["models"]}
    assert named.keys() == {"vision", "sessions", "sharing"}
    for each in stack["models"]:
        each["resources"] = named.get(each["name"], each["resources"])
    stack["pools"] = POOLS[1:]
    checkout.write("pasted", stack)
    again = checkout.run("rightsizing", "--stack", "pasted", "--prometheus", prometheus)
    assert again.code == 0, again.err
    assert "paste into" not in again.out
    assert again.out.count("unchanged") == 8


BAD: Mapping[str, tuple[list[str], int, tuple[str, ...]]] = {
    "no url": (["--prometheus", "prometheus"], BAD_INPUT, ("--prometheus 'prometheus'", "http or https URL")),
    "credentials": (["--prometheus", "http://u:p@host"], BAD_INPUT, ("is not a valid URL", "without credentials")),
    "window": (["--prometheus", "http://127.0.0.1:1", "--window", "7"], BAD_INPUT, ("--window '7'", "7d or 2w")),
    "short window": (["--prometheus", "http://127.0.0.1:1", "--window", "100d"], BAD_INPUT, ("between 1h and 90d",)),
    "nobody": (
        ["--prometheus", "http://127.0.0.1:1"],
        BAD_INPUT,
        ("Prometheus failed", "kubectl port-forward"),
    ),
}


@pytest.mark.parametrize(("arguments", "code", "reported"), BAD.values(), ids=BAD)
def test_what_cannot_be_asked_is_one_error(
    checkout: Checkout, arguments: list[str], code: int, reported: tuple[str, ...]
) -> None:
    refusal = checkout.on_stack("rightsizing", *arguments)
    assert (refusal.code, refusal.out) == (code, "")
    assert refusal.is_plain, refusal.err
    assert refusal.err.count("error:") == 1
    for fragment in reported:
        assert fragment in refusal.err


def test_a_prometheus_that_knows_nothing_is_reported_so(checkout: Checkout, prometheus: str) -> None:
    checkout.write("unseen", tiny(model("unseen")))
    refusal = checkout.run("rightsizing", "--stack", "unseen", "--prometheus", prometheus)
    assert (refusal.code, refusal.out) == (FAILED, "")
    assert f"error: {prometheus}: not enough metrics for any model in the last 7d" in refusal.err
    with pytest.raises(SandboxError, match=r"Prometheus rejected the query: .*parse error"):
        PrometheusApi.at(prometheus).vector("sum(")
    below = checkout.on_stack("rightsizing", "--prometheus", f"{prometheus}/elsewhere")
    assert below.code == BAD_INPUT
    assert "not a Prometheus API (status 404)" in below.err
