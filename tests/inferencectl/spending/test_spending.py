"""What models have cost, by a real Prometheus into whose blocks a known week is written."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from inferencectl.rightsizing.prometheus_api import PrometheusApi
from inferencectl.rightsizing.window import read_window
from inferencectl.spending import report_of
from inferencectl.spending.held import Held, held_by_model
from inferencectl.spending.report import ModelSpending
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.machine_json import as_json
from settings import Platform, load
from settings.cost import HourPrices
from tests.components.monitoring_stack.exported import SERIES
from tests.inferencectl.checkout import STACK, Checkout, model, tiny
from tests.inferencectl.rightsizing.backfilled_prometheus import remembering
from tests.inferencectl.rightsizing.test_rightsizing import ACCELERATED, POOLS, PRICES
from tests.inferencectl.spending.known_week import NAMESPACE, STEP_HOURS, YOUNG, a_week


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with remembering(a_week(), tmp_path_factory.mktemp("prometheus")) as url:
        yield url


def platform() -> dict[str, Any]:
    models = [
        model("iris", replicas=2),
        model("vision", resources="card", size="300Mi", replicas=2),
        model("sharing", resources="quarter", replicas=1),
        model("idle", replicas=1),
    ]
    return {**tiny(*models), **ACCELERATED, "pools": POOLS, "prices": PRICES}


def loaded(document: Mapping[str, Any]) -> Platform:
    return load(STACK, {"inference:platform": json.dumps(document)})


def reported_of(document: Mapping[str, Any], url: str, since: str = "7d") -> Mapping[str, Any]:
    """The report as machines get it."""
    made = report_of(loaded(document), STACK, PrometheusApi.at(url), read_window(since))
    return json.loads(as_json(made.for_machines()))


@pytest.fixture(scope="module")
def reported(prometheus: str) -> Mapping[str, Any]:
    return reported_of(platform(), prometheus)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = Checkout.copied_to(tmp_path_factory.mktemp("spending"))
    document = {**platform(), "monitoring": {"scraperNamespace": "monitoring", "team": "ml"}}
    document["models"][1]["team"] = "vision"
    made.write(STACK, document)
    return made


def test_the_hours_are_those_in_which_a_pod_held_a_node(reported: Mapping[str, Any], prometheus: str) -> None:
    models = {each["name"]: each for each in reported["models"]}
    assert reported["hours"] == {"window": 168, "seen": 168}
    # Two pods for a week, and one for two days of it, to a step of the query.
    assert models["iris"]["cpu_hours"] == pytest.approx(2 * 168 + 48, abs=STEP_HOURS)
    assert models["iris"]["memory_gib_hours"] == pytest.approx(2 * (2 * 168 + 48), abs=2 * STEP_HOURS)
    assert (models["vision"]["cpu_hours"], models["vision"]["memory_gib_hours"]) == (336, 1344)
    assert (models["vision"]["gpu_hours"], models["sharing"]["gpu_hours"]) == (168, 42)
    assert models["idle"]["cpu_hours"] == 0
    held = held_by_model(PrometheusApi.at(prometheus), NAMESPACE, read_window("1d"))
    assert (held["vision"].cores, held["vision"].devices) == (48, {"nvidia_com_gpu": 24})


def test_used_hours_survive_a_counter_that_begins_again(reported: Mapping[str, Any]) -> None:
    iris, vision, *_ = reported["models"]
    assert iris["cpu_hours_used"] == pytest.approx(0.5 * 168, rel=0.005)
    assert vision["cpu_hours_used"] is None


def test_amounts_are_hours_times_the_prices_beside_what_was_planned(reported: Mapping[str, Any]) -> None:
    models = {each["name"]: each for each in reported["models"]}
    # 2 cores and 8 GiB are 0.12 EUR, a card 3 EUR, a quarter of it 0.75 EUR.
    assert models["vision"]["actual"] == ["524.16", "524.16"]
    assert models["vision"]["planned"] == ["1048.32", "1048.32"]
    assert models["sharing"]["actual"] == models["sharing"]["planned"] == ["146.16", "146.16"]
    # A core and 2 GiB are 0.05 EUR.
    assert float(models["iris"]["actual"][0]) == pytest.approx(0.05 * 384, abs=0.05 * STEP_HOURS + 0.005)
    assert models["iris"]["planned"] == ["16.80", "16.80"]
    assert models["idle"]["actual"] == ["0.00", "0.00"]
    total = sum(float(each["actual"][0]) for each in models.values())
    assert float(reported["total"]["actual"][0]) == pytest.approx(total)
    assert reported["teams"] == {"": reported["total"]}


def test_what_is_left_out_is_said(reported: Mapping[str, Any]) -> None:
    assert reported["notes"] == [
        "vision: no container_cpu_usage_seconds_total of its pods: what they used is unknown",
        "sharing: no container_cpu_usage_seconds_total of its pods: what they used is unknown",
        "sharing: 168.0 hours of nvidia_com_gpu, which it no longer has, have no price here",
        "idle: no pod in this time",
        "gone: 168.0 CPU-hours of a model that the stack no longer has are left out",
        "volumes, spare capacity, samplers, routers and the proxies of a mesh are in neither amount",
    ]


def test_people_get_a_line_for_each_model_and_the_total_of_each_team(checkout: Checkout, prometheus: str) -> None:
    finished = checkout.on_stack("cost", "--prometheus", prometheus, "--since", "1d")
    assert finished.code == 0, finished.err
    assert finished.is_plain
    assert finished.out.startswith("tiny, the last 1d:\n")
    rows = [line.split() for line in finished.out.splitlines()]
    assert ["vision", "vision", "48.0", "192.0", "24.0", "74.88", "EUR", "149.76", "EUR"] in rows
    assert ["total", "vision", "74.88", "EUR", "149.76", "EUR"] in rows
    assert ["total", "ml", "23.28", "EUR", "24.48", "EUR"] in rows
    assert ["total", "98.16", "EUR", "174.24", "EUR"] in rows


def test_what_prometheus_does_not_know_is_not_made_up(prometheus: str) -> None:
    report = reported_of({**tiny(model(replicas=1)), "prices": PRICES, "namespace": YOUNG}, prometheus)
    (iris,) = report["models"]
    assert report["hours"]["seen"] == pytest.approx(48, abs=2 * STEP_HOURS)
    assert iris["cpu_hours"] == report["hours"]["seen"]
    assert iris["actual"] == iris["planned"]
    assert "hours (29 %): the others count for nothing here, and nothing is planned" in report["notes"][0]


def test_nodes_of_several_prices_make_a_range() -> None:
    hour = Fraction(1, 10)
    prices = HourPrices(
        cpu=hour, memory_gib=hour, device=30 * hour, cards_per_device=Fraction(1), factors=[Fraction(1, 2), Fraction(1)]
    )
    held = Held(cores=Fraction(10), gib=Fraction(20))
    spent = ModelSpending(name="iris", team="", held=held, prices=prices, devices=None, planned=(hour, hour))
    assert spent.actual == (Decimal("1.50"), Decimal("3.00"))


BAD: Mapping[str, tuple[list[str], int, tuple[str, ...]]] = {
    "no url": (["--prometheus", "prometheus"], BAD_INPUT, ("--prometheus 'prometheus'", "http or https URL")),
    "since": (["--prometheus", "http://127.0.0.1:1", "--since", "7"], BAD_INPUT, ("--since '7'", "7d or 2w")),
    "nobody": (["--prometheus", "http://127.0.0.1:1"], BAD_INPUT, ("Prometheus failed", "kubectl port-forward")),
}


@pytest.mark.parametrize(("arguments", "code", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_asked_is_one_error(
    checkout: Checkout, arguments: list[str], code: int, said: tuple[str, ...]
) -> None:
    refusal = checkout.on_stack("cost", *arguments)
    assert (refusal.code, refusal.out) == (code, "")
    assert refusal.is_plain, refusal.err
    assert refusal.err.count("error:") == 1
    for fragment in said:
        assert fragment in refusal.err


def test_a_stack_without_prices_has_no_cost() -> None:
    with pytest.raises(SandboxError, match="stack tiny has no prices, and hours alone are no cost") as refusal:
        reported_of(tiny(model()), "http://127.0.0.1:1")
    assert refusal.value.exit_code == BAD_INPUT


def test_a_namespace_that_nobody_has_seen_is_named(prometheus: str) -> None:
    unseen = {**tiny(model()), "prices": PRICES, "namespace": "models-unseen"}
    with pytest.raises(SandboxError, match=r"no kube_namespace_created of namespace models-unseen in the last 7d"):
        reported_of(unseen, prometheus)


@pytest.mark.parametrize("missing", ["kube_pod_container_resource_requests", "kube_pod_status_phase"])
def test_a_name_that_nobody_exports_is_named(missing: str, tmp_path: Path) -> None:
    known = (series for series in a_week() if series.metric.startswith("kube_") and series.metric != missing)
    with remembering(known, tmp_path) as url, pytest.raises(SandboxError, match=rf"no {missing} in the last 7d"):
        reported_of(platform(), url)


def test_every_series_is_one_that_an_exporter_has() -> None:
    assert {series.metric for series in a_week()} <= SERIES.keys()
