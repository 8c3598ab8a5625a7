"""How long a model's files may take: every deadline of a model's pods and import Jobs follows from these rates."""

import math

import pulumi

from components.model_service.args import ServedVersion
from components.model_service.manifests.resources import bringing_cpu
from settings import Strategy, quantity_bytes, quantity_value

# Slower than any storage that should serve models: half of a 1 Gbit/s line, shared by three.
_COPIED_PER_SECOND = 20 * 2**20
# Less than half of what AWS gives the smallest gp3 volume: 125 MiB/s (docs.aws.amazon.com/ebs/latest/userguide).
_READ_PER_SECOND = 50 * 2**20
# Of one CPU. docs/live.md has what `python -m benchmarks pull-verify` measures: several times as much, on a processor
# with instructions for SHA-256. Older ones take three times as long.
_COPIED_PER_CPU_SECOND = 100 * 2**20
_HASHED_PER_CPU_SECOND = 200 * 2**20

_MARGIN_SECONDS = 600  # for scheduling, for images, and for what starts at the same time
_IMPORT_MARGIN_SECONDS = 3600  # for what keeps an import from beginning or going on, such as storage that is away
# A Job that exceeds its own limit fails with a reason, which whoever waits for it has to see.
_NOTICE_SECONDS = 60
SHUTDOWN_SECONDS = 15  # between the end of the drain and SIGKILL


def files_seconds(served: ServedVersion) -> int:
    """How long the container that brings the files to one pod may take: it copies them, or hashes those of a volume."""
    return _reading(served) if served.model.volume else _copying(served)


def import_limit_seconds(served: ServedVersion) -> int:
    """How long an import may take with all its attempts: one that goes on hashes what is there before."""
    return _IMPORT_MARGIN_SECONDS + _copying(served) + _reading(served)


def import_timeouts(served: ServedVersion) -> pulumi.CustomTimeouts:
    """How long an engine waits for an import: until it succeeds, or fails by its own limit."""
    limit = f"{import_limit_seconds(served) + _NOTICE_SECONDS}s"
    return pulumi.CustomTimeouts(create=limit, update=limit)


def progress_deadline_seconds(served: ServedVersion) -> int:
    """How long a rollout may go without a further ready pod: a load within the startup probe's limit is no failure."""
    return served.server.start_timeout_seconds + files_seconds(served) + _MARGIN_SECONDS


def ready_timeouts(served: ServedVersion) -> pulumi.CustomTimeouts:
    """How long an engine waits for the servers: a rollout replaces one pod at a time, each within its full time."""
    pods = max(1, served.model.max_replicas)
    seconds = pods * (served.server.start_timeout_seconds + files_seconds(served)) + _MARGIN_SECONDS
    if served.model.rollout.strategy is not Strategy.SURGE:
        # A pod that drains keeps its place in the quota, and its GPU.
        seconds += served.model.drain_seconds + SHUTDOWN_SECONDS
    return pulumi.CustomTimeouts(create=f"{seconds}s", update=f"{seconds}s")


def _copying(served: ServedVersion) -> int:
    return _seconds(served, _COPIED_PER_SECOND, _COPIED_PER_CPU_SECOND)


def _reading(served: ServedVersion) -> int:
    return _seconds(served, _READ_PER_SECOND, _HASHED_PER_CPU_SECOND)


def _seconds(served: ServedVersion, rate: int, rate_of_cpu: int) -> int:
    slowest = min(rate, rate_of_cpu * float(quantity_value(bringing_cpu(served))))
    return math.ceil(quantity_bytes(served.model.size) / slowest)
