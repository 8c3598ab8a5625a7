"""How requests move from one version of a model to the next."""

from collections.abc import Sequence

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards import servers, traffic
from components.monitoring_stack.dashboards.panel import Dashboard, Limit, Panel, Row, Unit
from components.monitoring_stack.dashboards.shown import (
    MODEL,
    NAMESPACE,
    VERSION,
    Shown,
    asked,
    chosen_model,
    versions_of_model,
)
from components.monitoring_stack.rules.releases import failed_imports, is_progressive, release_status
from settings import RELEASE_PROTOCOLS

_FAILED = 2


def releases(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """The versions of one of ``models`` while their shares of the requests change."""
    shown = [*map(versions_of_model, models)]
    return Dashboard(
        name="releases",
        title="Releases",
        description="The versions of a model while requests move from one to the next, and what decides on them.",
        variables=(NAMESPACE, MODEL, VERSION),
        rows=(
            Row(title="Versions", panels=[_shares(shown), traffic.failed(shown), traffic.latency(shown, (0.95,))]),
            Row(title="Release", panels=[_status(shown), _weights(shown), _imports(shown)]),
            Row(title="Servers", panels=[servers.pods(shown), servers.autoscaler(shown), servers.start(shown)]),
        ),
    )


def _shares(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Share of the requests",
        description="What each version gets of the model's requests.",
        unit=Unit.PERCENT,
        queries=asked(models, _share),
    )


def _share(model: Shown) -> str:
    # Also of the versions that are not chosen.
    all_versions = traffic.asked_rate(chosen_model(model.args))
    return f"100 * {traffic.asked_rate(model)} / on () group_left () sum({all_versions})"


def _status(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="State of the release",
        description="What Flagger says of each protocol: 0 while it moves requests, 1 when all is done, 2 when it took "
        "them back.",
        unit=Unit.COUNT,
        queries=asked(filter(is_progressive, models), release_status, "{{name}}"),
        limit=Limit(value=_FAILED),
        alerts=["ModelReleaseRolledBack", "ModelReleaseStuck"],
    )


def _weights(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Weights",
        description="The share that Flagger gives to the new version, and to the one before (primary).",
        unit=Unit.PERCENT,
        queries=asked(filter(is_progressive, models), _weight, "{{workload}}"),
    )


def _weight(model: Shown) -> str:
    of_model = f'workload=~"{model.name}-({"|".join(RELEASE_PROTOCOLS)})(-.+)?"'
    return f"max by (workload) {model.of_others('flagger_canary_weight', of_model)}"


def _imports(models: Sequence[Shown]) -> Panel:
    with_volumes = [model for model in models if model.args.model.volume]
    return Panel(
        title="Imports that have given up",
        description="Jobs that copy a version's files to the model's volume, and have failed for good.",
        unit=Unit.COUNT,
        queries=asked(with_volumes, failed_imports, "{{job_name}}"),
        limit=Limit(value=1),
        alerts=["ModelImportFailed"],
    )
