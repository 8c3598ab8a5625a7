"""Drift: what a model is asked or answers is no longer distributed as it was when its version was published."""

from collections.abc import Iterator

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.rule import Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched

LEAST_COPIES = 20
"""Copies of an hour of which none was observed, before that is believed to be no accident."""
_PREFIX = "inference_sampler"
_OBSERVED = 'outcome="observed"'


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on what the model's sampler finds, and on a sampler that finds nothing."""
    if model.args.model.sampling:
        threshold = model.args.model.sampling.psi_threshold
        yield Group(
            name=f"{model.name}-drift", rules=[_drifted(model, threshold), _without_reference(model), _unread(model)]
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


def _without_reference(model: Watched) -> Alert:
    return Alert(
        name="ModelDriftUnknown",
        expr=f"(max({of_sampler(model, 'reference_loaded')}) or vector(0)) == 0",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"Drift of model {model.name} is not measured",
        description="Its sampler does not answer, or has no usable reference distribution ({{ $value }} of 1).",
        model=model.name,
    )


def _unread(model: Watched) -> Alert:
    copies = f"sum(increase({of_sampler(model, 'copies_total')}[1h]))"
    observed = f"sum(increase({of_sampler(model, 'copies_total', _OBSERVED)}[1h]))"
    return Alert(
        name="ModelSamplesUnread",
        expr=f"{copies} >= {LEAST_COPIES} and {observed} == 0",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"No request of model {model.name} can be compared with its reference",
        description='None of {{ $value | printf "%.0f" }} copies of requests of the last hour was observed.',
        model=model.name,
    )


def of_sampler(model: Watched, name: str, *matchers: str) -> str:
    """Series of the model's sampler."""
    return model.own(Series(name=f"{_PREFIX}_{name}", matchers=matchers))
