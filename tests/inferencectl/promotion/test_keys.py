"""Of each key of a model somebody has decided whether it goes along with a version that is promoted."""

from typing import Any

import pytest

from inferencectl.promotion.keys import STAYS, TRAVELS, travelling
from settings import Model
from tests.inferencectl.promotion.stacks import here, proved

BATCHES = {"maxBatchSize": 8, "batchTimeoutMicros": 1000, "maxEnqueuedBatches": 10, "numBatchThreads": 2}
FLAGS = {"saved_model_tags": "serve"}


def test_every_key_of_a_model_travels_or_stays() -> None:
    """A new key: does it describe the files and how they are served, or the place? docs/adr/0062 says what for."""
    assert sorted((*TRAVELS, *STAYS)) == sorted(Model.model_fields)


@pytest.mark.parametrize(
    ("there", "now", "expected"),
    [
        ({}, {}, {}),
        ({"batching": BATCHES}, {}, {"batching": BATCHES}),
        ({}, {"batching": BATCHES}, {"batching": None}),
        ({"serverFlags": FLAGS}, {}, {"serverFlags": FLAGS}),
        ({}, {"serverFlags": FLAGS}, {"serverFlags": None}),
        ({"stateful": False}, {}, {}),
        ({"size": "3Mi"}, {}, {"size": "3Mi"}),
        ({"size": "1Mi"}, {}, {}),
        ({"warmup": "required"}, {}, {"warmup": "required"}),
        ({}, {"warmup": "required"}, {}),
        ({"loadTimeoutSeconds": 600}, {}, {"loadTimeoutSeconds": 600}),
        ({}, {"loadTimeoutSeconds": 600}, {}),
        ({"replicas": 2, "resources": "medium", "drainSeconds": 5, "logLevel": 0}, {}, {}),
        ({"servedName": "Iris_Next"}, {"servedName": "Iris"}, {}),
    ],
)
def test_what_is_served_is_as_proved_and_what_is_asked_for_is_no_less(
    there: dict[str, Any], now: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = proved(**there)
    assert travelling(found.written, found.model, here(**now)) == expected
