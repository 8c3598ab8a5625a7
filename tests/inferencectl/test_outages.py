"""Which models a change leaves without an answer for a while."""

from inferencectl.outages import outages
from settings import load
from tests.settings.settings_stack import edited
from tests.settings.test_settings_rollout import RECREATE, versions

RUNNING = ("iris-v1", "mnist-v1", "mnist-v2")


def test_a_version_that_has_pods_and_stops_is_an_outage_of_its_model() -> None:
    edits = {"models.1.versions": versions(0, 100), "models.1.rollout": RECREATE}
    (outage,) = outages(load("dev", edited(edits)), RUNNING)
    assert (outage.model, outage.stopped, outage.started) == ("iris", 1, 2)
    assert "it does not answer until version 2 is ready" in str(outage)
    # Once it has stopped, the next run changes nothing for clients.
    assert outages(load("dev", edited(edits)), ["iris-v2"]) == ()


def test_versions_side_by_side_are_no_outage() -> None:
    assert outages(load("dev", edited({"models.1.versions": versions(0, 100)})), RUNNING) == ()
