"""The accelerators of each vendor: what is told of them, and by whose series."""

import re

import pytest

from components.monitoring_stack.rules import groups_of_model, groups_of_stack
from components.monitoring_stack.rules.cards import CARDS
from components.monitoring_stack.rules.rule import Alert
from settings import Vendor
from settings.metrics.exporters import EXPORTERS
from tests.components.watched import MONITORING, watched_models

MODELS = {Vendor.NVIDIA: "bert", Vendor.AMD: "instinct", Vendor.INTEL: "habana"}
ALERTS = ["ModelGpuBusy", "ModelGpuMemoryHigh", "ModelGpuError"]


@pytest.mark.parametrize("vendor", Vendor)
def test_each_vendors_accelerators_have_the_same_alerts(vendor: Vendor) -> None:
    groups = [each for each in groups_of_model(watched_models()[MODELS[vendor]], "models") if "-gpus" in each.name]
    alerts = [rule for group in groups for rule in group.rules if isinstance(rule, Alert)]
    assert [alert.name for alert in alerts] == ALERTS
    read = {name for alert in alerts for name in re.findall(r"([\w:]+)\{", alert.expr)}
    assert read <= {*EXPORTERS[CARDS[vendor].exporter].series}
    assert len({alert.severity for alert in alerts}) == 2


@pytest.mark.parametrize("vendor", Vendor)
def test_an_exporter_is_missed_by_stacks_that_have_its_cards_alone(vendor: Vendor) -> None:
    def missed(model: str) -> set[str]:
        groups = groups_of_stack([watched_models()[model]], "models", MONITORING)
        alerts = [rule for group in groups for rule in group.rules if isinstance(rule, Alert)]
        return {alert.labels["source"] for alert in alerts if alert.name == "MetricsSourceMissing"}

    exporters = {cards.exporter for cards in CARDS.values()}
    assert missed(MODELS[vendor]) & exporters == {CARDS[vendor].exporter}
    assert not missed("mnist") & exporters
