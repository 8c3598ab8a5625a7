"""When what is served is compared with what was published."""

from settings.validation.section import Count, Section
from settings.values.cron import CronExpression
from settings.values.text import ImageReference


class Verification(Section):
    """A CronJob asks every served version for its state, its signature and the prediction recorded at publication."""

    schedule: CronExpression
    """When it runs, in UTC."""
    image: ImageReference | None = None
    """Build of `model_images/tools`, which holds the checks; without it that of `images`."""
    latency_p95_milliseconds: Count | None = None
    """Bound of the 95th percentile of each version's answers, asked from inside the cluster; none by default."""
    calls: Count = 20
    """Predictions that are timed, of each version over REST and over gRPC."""
