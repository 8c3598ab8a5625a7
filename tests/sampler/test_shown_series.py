"""What the settings know of the number of series that a sampler shows."""

from drift_sampler.exposition import SHOWN_FEATURES
from drift_sampler.reference import Kind
from settings.consistency.sampling_issues import SHOWN_DISTRIBUTIONS


def test_the_settings_know_how_many_distributions_are_shown() -> None:
    assert len({*Kind} - {Kind.INPUT}) + SHOWN_FEATURES == SHOWN_DISTRIBUTIONS
