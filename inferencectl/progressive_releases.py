"""Flagger beside a sandbox whose stack has models that it leads requests to."""

from collections.abc import Callable, Iterable

from inferencectl.sandbox.cluster_status import Cluster
from inferencectl.sandbox.controllers import Flagger
from settings import Model, Platform, ProgressiveRelease


def are_led_by_flagger(models: Iterable[Model]) -> bool:
    """Whether the requests of one of the models are."""
    return any(isinstance(model.release, ProgressiveRelease) for model in models)


def start_flagger(cluster: Cluster, platform: Platform, progress: Callable[[str], None]) -> None:
    """Starts Flagger on this machine, if a model needs it to become ready; it goes on until the sandbox stops.

    One that runs is left alone, as a restart would lengthen the interval of a candidate that is on trial.

    Raises:
        SandboxError: Flagger cannot be built, or does not become ready.
    """
    if not are_led_by_flagger(platform.models) or platform.autoscaling is None:
        return
    flagger = Flagger(cluster)
    if not flagger.is_running:
        flagger.start(progress)
    progress(
        f"Flagger asks {platform.autoscaling.prometheus} from this machine: "
        "a candidate that nothing there has measured loses its requests again"
    )
