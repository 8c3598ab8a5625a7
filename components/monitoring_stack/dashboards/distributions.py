"""How what a model is asked and answers is distributed, beside the reference of its version."""

from collections.abc import Sequence

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards.panel import Dashboard, Panel, Row, Unit, Variable
from components.monitoring_stack.dashboards.shown import MODEL, NAMESPACE, WINDOW, Shown, asked, chosen_model, promised
from components.monitoring_stack.rules.drift import of_sampler
from components.monitoring_stack.rules.rule import MODEL_LABEL
from settings import Model

_REFERENCES = f'inference_sampler_reference_share{{namespace="$namespace",{MODEL_LABEL}="$model"}}'
FEATURE = Variable(name="feature", query=f"label_values({_REFERENCES}, feature)", all_value=".+")
_CHOSEN = 'feature=~"$feature"'


def distributions(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """Those of one of ``models`` whose requests are sampled."""
    shown = [chosen_model(args) for args in models if args.model.sampling]
    return Dashboard(
        name="distributions",
        title="Distributions",
        description="What a model is asked and answers, as its sampler sees it, beside the reference of its version.",
        variables=(NAMESPACE, MODEL, FEATURE),
        rows=(
            Row(title="Drift", panels=[_drift(shown), _samples(shown), _copies(shown)]),
            Row(
                title="Distributions",
                panels=[
                    _shares(shown, "window", "Share of each bin in the window of the sampler."),
                    _shares(shown, "reference", "Share of each bin when the version was published."),
                ],
            ),
        ),
    )


def _drift(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Population stability index",
        description="How far each distribution is from its reference, and the limit of the settings.",
        unit=Unit.COUNT,
        queries=[
            *asked(models, lambda model: _by(model, "kind, feature", "stability_index"), "{{kind}} {{feature}}"),
            *promised(models, _limit, "limit"),
        ],
        alerts=["ModelDrift"],
    )


def _limit(model: Model) -> float | None:
    return model.sampling.psi_threshold if model.sampling else None


def _by(model: Shown, labels: str, name: str) -> str:
    return f"max by ({labels}) ({of_sampler(model, name, _CHOSEN)})"


def _samples(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Rows in the window",
        description="Rows that are compared: with few of them, nothing is.",
        unit=Unit.COUNT,
        queries=asked(models, lambda model: f"sum by ({model.line}) ({of_sampler(model, 'window_samples')})"),
        alerts=["ModelDriftUnknown"],
    )


def _copies(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Copies of requests",
        description="What became of the copies that the sampler was sent, per second.",
        unit=Unit.PER_SECOND,
        queries=asked(
            models,
            lambda model: f"sum by (outcome) (rate({of_sampler(model, 'copies_total')}[{WINDOW}]))",
            "{{outcome}}",
        ),
        alerts=["ModelSamplesUnread"],
    )


def _shares(models: Sequence[Shown], which: str, description: str) -> Panel:
    return Panel(
        title=f"In the {which}",
        description=description,
        unit=Unit.SHARE,
        queries=asked(
            models, lambda model: _by(model, "kind, feature, bin", f"{which}_share"), "{{kind}} {{feature}} {{bin}}"
        ),
        width=12,
    )
