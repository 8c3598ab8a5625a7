"""Scheduled comparison of what is served with what was published."""

from settings.architecture import Architecture, Architectures
from settings.validation.section import Count, Section
from settings.values.cron import CronExpression
from settings.values.text import ImageReference


class Verification(Section):
    """A CronJob checks the state, the signature and the recorded prediction of every served version."""

    schedule: CronExpression
    """When it runs, in UTC."""
    image: ImageReference | None = None
    """Image built from `model_images/tools`, which contains the checks; defaults to that of `images`."""
    architectures: Architectures = (Architecture.AMD64,)
    """Architectures that the image with the checks is built for; it runs on no other nodes."""
    latency_p95_milliseconds: Count | None = None
    """Limit for the 95th percentile of each version's latency, measured inside the cluster; none by default."""
    calls: Count = 20
    """Number of predictions to time, for each version and protocol (REST and gRPC)."""
