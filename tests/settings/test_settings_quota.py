"""A quota is enough where it is exactly what the models take; too little is refused in test_settings_consistency.py."""

import pytest

from settings import load
from tests.settings.settings_stack import edited


@pytest.mark.parametrize("quota", [{"cpu": 18}, {"memory": "48Gi"}, {"storage": "1Gi"}, {"pods": 15}])
def test_exactly_what_the_models_take_is_enough(quota: dict[str, object]) -> None:
    load("dev", edited({"quota": quota}))
