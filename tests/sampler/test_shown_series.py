"""What the settings know of the number of series that a sampler shows."""

import json
from pathlib import Path

from drift_sampler.exposition import SHOWN_FEATURES
from drift_sampler.reference import Kind
from settings.consistency.sampling_issues import SAMPLER_SERIES, SHOWN_DISTRIBUTIONS
from tests.sampler.references import written
from tests.sampler.running import LEAST_SAMPLES, running
from tests.sampler.stand_in_model import PROBABILITIES, standing_in
from tests.waiting import soon

BINS, MANY = 10, 100


def test_the_settings_know_how_many_distributions_are_shown() -> None:
    assert len({*Kind} - {Kind.INPUT}) + SHOWN_FEATURES == SHOWN_DISTRIBUTIONS


def test_the_settings_know_how_many_series_ten_bins_each_need_at_most(tmp_path: Path) -> None:
    edges = list(range(BINS + 1))
    reference = written(
        tmp_path,
        inputs={"pixels": {"edges": edges, "counts": [[100] * BINS] * MANY}},
        confidence={"edges": [edge / BINS for edge in edges], "counts": [100] * BINS},
    )
    with standing_in() as model, running(model, reference) as sampler:
        sampler.copy(json.dumps({"instances": [[3] * MANY] * LEAST_SAMPLES}).encode())
        soon(lambda: sampler.dealt_with() == 1, "the copy is dealt with")
        shown = len(sampler.metrics())
    # Beside those of the classes of the stand-in, which are fewer.
    of_a_number = 2 * (BINS + 3 - len(PROBABILITIES) - 1)
    assert SAMPLER_SERIES - 20 < shown + of_a_number <= SAMPLER_SERIES
