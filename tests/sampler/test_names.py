"""A model that requests call otherwise than its metrics do."""

from pathlib import Path

from tests.sampler.references import written
from tests.sampler.running import PREDICT, running
from tests.sampler.stand_in_model import standing_in
from tests.waiting import soon

BODY = b'{"instances": [[1, 5, 15]]}'


def test_requests_by_their_own_name_are_observed_and_by_the_other_are_none_of_this_model(tmp_path: Path) -> None:
    asked = "/v1/models/half_plus_two:predict"
    with standing_in() as model, running(model, written(tmp_path), served_name="half_plus_two") as sampler:
        sampler.copy(BODY, asked)
        sampler.copy(BODY, PREDICT)
        soon(lambda: sampler.dealt_with() == 2, "both copies are dealt with", 30)
        assert (sampler.outcome("observed"), sampler.outcome("no-prediction")) == (1, 1)
    assert model.paths == [asked]
