"""How the number of a model's pods follows its load."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from settings.findings import Finding
from settings.section import Count, Section, WholeNumber

Percent = Annotated[WholeNumber, Field(ge=1, le=100)]


class Scaling(Section):
    """Horizontal autoscaling of each version between two numbers of pods."""

    min_replicas: Count
    """Pods of each version that always run."""
    max_replicas: Count
    """Pods of each version that run at most."""
    cpu_utilization_percent: Percent = 70
    """Mean use of the requested CPU that is aimed at."""
    memory_utilization_percent: Percent | None = None
    """Mean use of the requested memory that is aimed at; off by default, as a model's memory does not follow load."""
    scale_down_window_seconds: Annotated[WholeNumber, Field(ge=0, le=3600)] = 300
    """How long the load must stay low before pods are taken away."""

    def findings(self) -> Iterator[Finding]:
        """The maximum is not below the minimum."""
        if self.max_replicas < self.min_replicas:
            yield Finding(
                path=("maxReplicas",),
                found=f"{self.max_replicas}, less than minReplicas {self.min_replicas}",
                expected=f"at least {self.min_replicas}",
                hint="set both: a number the stack leaves out is the environment's default",
            )
