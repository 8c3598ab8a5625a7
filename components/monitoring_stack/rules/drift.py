"""Drift: what a model is asked or answers is no longer distributed as it was when its version was published."""

from collections.abc import Iterator

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.rule import UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched

LEAST_COPIES = 20
"""Copies of an hour, before what became of them is believed to be no accident."""
MOST_UNREADABLE = 0.1
"""Share of the copies that may be unreadable: what is compared are the others, which may be the healthy ones."""
_PREFIX = "inference_sampler"
_OBSERVED, _UNREADABLE = 'outcome="observed"', 'outcome="unreadable"'


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on what the model's sampler finds, and on a sampler that finds nothing."""
    if sampling := model.args.model.sampling:
        yield Group(
            name=f"{model.name}-drift",
            rules=[_drifted(model, sampling.psi_threshold), _unknown(model, sampling.minimum_samples), _unread(model)],
            interval=UNHURRIED,
        )


def _drifted(model: Watched, threshold: float) -> Alert:
    return Alert(
        name="ModelDrift",
        expr=f"max by (kind) ({of_sampler(model, 'stability_index')}) > {threshold}",
        lasting="30m",
        severity=Severity.WARNING,
        summary=f"Model {model.name} is asked or answers something else than when it was published",
        description="The population stability index of a distribution (kind: {{ $labels.kind }}) is "
        f'{{{{ $value | printf "%.2f" }}}} against the reference; {threshold} is the limit.',
        model=model.name,
    )


def _unknown(model: Watched, least: int) -> Alert:
    rows, requests = of_sampler(model, "window_samples"), model.own(model.counts.requests)
    without_reference = f"(max({of_sampler(model, 'reference_loaded')}) or vector(0)) == 0"
    # A sampler that is younger than a day may still see enough.
    few = f"max(max_over_time({rows}[1d])) < {least} and count({rows} offset 1d)"
    return Alert(
        name="ModelDriftUnknown",
        expr=f"{without_reference} or ({few} and sum(increase({requests}[1d])) > 0)",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"Drift of model {model.name} is not measured",
        description="Its sampler does not answer, has no usable reference distribution, or has seen {{ $value }} rows "
        f"at most in a window of the last day; {least} are needed.",
        model=model.name,
    )


def _unread(model: Watched) -> Alert:
    copies = f"sum(increase({of_sampler(model, 'copies_total')}[1h]))"
    observed = f"sum(increase({of_sampler(model, 'copies_total', _OBSERVED)}[1h]))"
    unreadable = f"sum(increase({of_sampler(model, 'copies_total', _UNREADABLE)}[1h]))"
    return Alert(
        name="ModelSamplesUnread",
        expr=f"{copies} >= {LEAST_COPIES} and ({observed} == 0 or {unreadable} > {MOST_UNREADABLE} * {copies})",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"Requests of model {model.name} cannot be compared with its reference",
        description='Of {{ $value | printf "%.0f" }} copies of requests of the last hour none was observed, or '
        f"more than {MOST_UNREADABLE:.0%} were unreadable.",
        model=model.name,
    )


def of_sampler(model: Watched, name: str, *matchers: str) -> str:
    """Series of the model's sampler."""
    return model.own(Series(name=f"{_PREFIX}_{name}", matchers=matchers))
