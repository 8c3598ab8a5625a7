"""Proposes resource requests for models from the usage that Prometheus recorded; see docs/rightsizing.md."""

from inferencectl.program.run import ProgramRun
from inferencectl.rightsizing.prometheus_api import PrometheusApi
from inferencectl.rightsizing.proposal import proposal
from inferencectl.rightsizing.report import ModelReport, Report, print_report
from inferencectl.rightsizing.served_pods import ServedPods, served_pods
from inferencectl.rightsizing.usage import Unknown, Usage, usage_of
from inferencectl.rightsizing.window import Window, read_window
from inferencectl.workspace.errors import SandboxError
from settings import Model, Platform

__all__ = ["PrometheusApi", "Report", "Window", "print_report", "read_window", "report_of"]


def report_of(run: ProgramRun, api: PrometheusApi, window: Window) -> Report:
    """The proposals for each model of a stack; nothing is changed.

    Raises:
        SandboxError: Prometheus cannot be queried, or has not enough metrics for any model.
    """
    platform = run.platform
    served = served_pods(run.recording, platform.namespace)
    models = tuple(_model_report(platform, model, served[model.name], api, window) for model in platform.models)
    report = Report(
        stack=run.recording.stack,
        window=window.text,
        currency=platform.prices.currency if platform.prices else "",
        models=models,
    )
    if not any(each.proposal for each in models):
        unknown = ((each.model.name, each.usage) for each in models)
        reasons = "\n".join(f"{name}: {usage.reason}" for name, usage in unknown if isinstance(usage, Unknown))
        raise SandboxError(f"{api.url}: not enough metrics for any model in the last {window.text}", reasons)
    return report


def _model_report(
    platform: Platform, model: Model, served: ServedPods, api: PrometheusApi, window: Window
) -> ModelReport:
    with_gpu = platform.resources_of(model).gpu_request is not None
    usage = usage_of(api, served.pods, window, with_gpu=with_gpu)
    proposed = proposal(platform, model, served, usage) if isinstance(usage, Usage) else None
    return ModelReport(model=model, usage=usage, proposal=proposed)
