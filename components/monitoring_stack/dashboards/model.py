"""One model, its versions side by side."""

from collections.abc import Sequence

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards import servers, traffic
from components.monitoring_stack.dashboards.panel import Dashboard, Row
from components.monitoring_stack.dashboards.shown import (
    MODEL,
    NAMESPACE,
    VERSION,
    chosen_model,
    versions_of_model,
)


def model(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """What one of ``models`` is asked, what it answers, and what it runs on."""
    shown, whole = [*map(versions_of_model, models)], [*map(chosen_model, models)]
    return Dashboard(
        name="model",
        title="Model",
        description="One model, its versions side by side: requests, servers and what they use.",
        variables=(NAMESPACE, MODEL, VERSION),
        rows=(
            Row(
                title="Requests",
                panels=[
                    traffic.requests(shown),
                    traffic.failed(shown),
                    traffic.latency(shown, (0.5, 0.95, 0.99)),
                    traffic.mean_latency(shown),
                    traffic.waiting(shown),
                ],
            ),
            Row(title="Callers", panels=[traffic.of_callers(whole), traffic.not_answered(whole)]),
            Row(
                title="Servers",
                panels=[servers.pods(shown), servers.restarts(shown), servers.start(shown), servers.warmup(shown)],
            ),
            Row(title="Resources", panels=[servers.cpu(shown), servers.memory(shown)]),
        ),
    )
