"""Histories of a sampler that is well and sees too few rows."""

from collections.abc import Mapping

from tests.components.monitoring_stack.given import ANSWERS
from tests.components.monitoring_stack.reading import Reading
from tests.components.monitoring_stack.scenes_of_drift import SAMPLER

_POD = 'namespace="models",pod="ranker-v2-7d9f8c-abcde",inference_model="ranker"'
_ROWS = f"inference_sampler_window_samples{{{SAMPLER}}}"
_REQUESTS = f'{ANSWERS}{{API="predict",{_POD}}}'
_LOADED = {f"inference_sampler_reference_loaded{{{SAMPLER}}}": "1x120"}


def _others(series: str, values: str) -> Mapping[str, str]:
    """The same of another model and of another namespace."""
    labels = {'inference_model="ranker"': 'inference_model="iris"', 'namespace="models"': 'namespace="elsewhere"'}
    return {series.replace(mine, other): values for mine, other in labels.items()}


def _unknown(also: str, rows: str, requests: str, expected: Mapping[int, float | None]) -> Reading:
    """Where others have rows and requests all the time."""
    others = {**_others(_ROWS, "600x120"), **_others(_REQUESTS, "0+60x120")}
    probes = {f'{ANSWERS}{{API="",{_POD}}}': "0+60x120"}
    series = {**_LOADED, _ROWS: rows, _REQUESTS: requests, **others, **probes}
    return Reading(rule="ModelDriftUnknown", also=also, model="ranker", step=30, series=series, expected=expected)


DRIFT = (
    _unknown(
        "of too few rows for a day",
        "600x2 400x60 500x57",
        "0+60x120",
        {60: None, 1470: None, 1500: 1, 1890: 1, 1920: None},
    ),
    _unknown("of a sampler that is new", "_x2 400x118", "0+60x120", {900: None, 1470: None, 1500: 1}),
    _unknown("of a model without requests", "400x120", "0+0.5x3 1.5x117", {1410: None, 1440: 1, 1470: 1, 1500: None}),
)
