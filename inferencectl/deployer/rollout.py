"""Waiting until applied objects are ready."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inferencectl.deployer.diagnosis import diagnose, stuck
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.readiness import ClusterState, LiveClusterState, readiness
from inferencectl.deployer.resources import Manifest, Resources
from inferencectl.workspace.errors import SandboxError

DEFAULT_TIMEOUT_SECONDS = 300.0
_SKIP = "pulumi.com/skipAwait"
_TIMEOUT = "pulumi.com/timeoutSeconds"
_SHORTEST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 0.5
_REPORT_EVERY_SECONDS = 5.0
_REPEAT_EVERY_SECONDS = 30.0
_MAX_DIAGNOSED = 5


@dataclass(kw_only=True)
class _Awaited:
    urn: str
    started: float
    timeout_seconds: float
    detail: str

    @property
    def overdue(self) -> bool:
        return time.monotonic() - self.started > self.timeout_seconds


class Rollout:
    """The objects that have been applied and are not ready yet."""

    def __init__(self, resources: Resources, progress: Callable[[str], None]) -> None:
        self._resources = resources
        self._progress = progress
        self._awaited: dict[ObjectKey, _Awaited] = {}
        self._pause_seconds = _SHORTEST_PAUSE_SECONDS
        self._next_poll = 0.0
        self._next_report = time.monotonic() + _REPORT_EVERY_SECONDS
        self._reported, self._repeat_at = "", 0.0

    @property
    def seconds_to_poll(self) -> float | None:
        """Seconds until the next poll; None where nothing is awaited."""
        return max(0.0, self._next_poll - time.monotonic()) if self._awaited else None

    def sleep(self) -> None:
        """Sleep until the next poll."""
        time.sleep(self.seconds_to_poll or 0.0)

    def start(self, item: KubernetesObject) -> None:
        """Start to await an object that was just applied."""
        default = DEFAULT_TIMEOUT_SECONDS if item.timeout_seconds is None else item.timeout_seconds
        timeout = float(_annotations(item).get(_TIMEOUT, default))
        self._awaited[item.key] = _Awaited(
            urn=item.urn, started=time.monotonic(), timeout_seconds=timeout, detail="just applied"
        )
        self._pause_seconds = _SHORTEST_PAUSE_SECONDS
        self._next_poll = min(self._next_poll, time.monotonic() + self._pause_seconds)

    def poll(self) -> list[str]:
        """Poll all awaited objects if that is due, and return the URNs of those that have become ready.

        Raises:
            SandboxError: objects failed or timed out; the error says what they were waiting for.
        """
        if self.seconds_to_poll != 0.0:
            return []
        began = time.monotonic()
        live = self._resources.live(self._awaited)
        cluster = LiveClusterState(self._resources)
        ready, failed = [], []
        for key, awaited in list(self._awaited.items()):
            if key not in live:
                awaited.detail = "it was deleted by another client"
            elif (state := readiness(live[key], cluster)).ready:
                ready.append(self._awaited.pop(key).urn)
                continue
            else:
                awaited.detail = state.detail
                failed += [key] if state.failed else []
            failed += [key] if awaited.overdue and key not in failed else []
        is_report_due = time.monotonic() >= self._next_report
        if is_report_due and not failed:
            failed = self._stuck(live)
        if failed:
            raise self._failure(failed, live)
        if is_report_due:
            self._report(live)
        self._pause_seconds = _SHORTEST_PAUSE_SECONDS if ready else min(_LONGEST_PAUSE_SECONDS, self._pause_seconds * 2)
        # Reading thousands of objects takes long, and the API server has other clients.
        self._next_poll = time.monotonic() + max(self._pause_seconds, 2 * (time.monotonic() - began))
        return ready

    def _stuck(self, live: Mapping[ObjectKey, Manifest]) -> list[ObjectKey]:
        """Those of the longest awaited objects that waiting cannot help; a few, because each costs a request."""
        found = []
        for key in list(self._awaited)[:_MAX_DIAGNOSED]:
            if key in live and (reason := stuck(self._resources, live[key])):
                self._awaited[key].detail = reason
                found.append(key)
        return found

    def _report(self, live: Mapping[ObjectKey, Manifest]) -> None:
        self._next_report = time.monotonic() + _REPORT_EVERY_SECONDS
        key = next(iter(self._awaited), None)
        if key is None:
            return
        others = f" (and {len(self._awaited) - 1} more)" if len(self._awaited) > 1 else ""
        reasons = diagnose(self._resources, live[key])[:1] if key in live else []
        report = f"waiting for {key}: {'; '.join([self._awaited[key].detail, *reasons])}{others}"
        if report == self._reported and time.monotonic() < self._repeat_at:
            return
        seconds = time.monotonic() - self._awaited[key].started
        self._progress(f"{report}, for {seconds:.0f} s" if report == self._reported else report)
        self._reported, self._repeat_at = report, time.monotonic() + _REPEAT_EVERY_SECONDS

    def _failure(self, keys: list[ObjectKey], live: Mapping[ObjectKey, Manifest]) -> SandboxError:
        lines = []
        for key in keys[:_MAX_DIAGNOSED]:
            awaited = self._awaited[key]
            lines.append(f"{key} is not ready after {time.monotonic() - awaited.started:.0f} s: {awaited.detail}")
            lines += [f"  {line}" for line in (diagnose(self._resources, live[key]) if key in live else ())]
        if len(keys) > _MAX_DIAGNOSED:
            lines.append(f"and {len(keys) - _MAX_DIAGNOSED} more")
        return SandboxError(
            "\n".join(lines),
            f"fix the cause and run the same command again (delete a failed Job first); the annotation {_TIMEOUT} "
            f"sets a longer timeout",
        )


def needs_rollout(item: KubernetesObject, live: Mapping[str, Any]) -> bool:
    """Whether dependants must wait for an object that was just applied, and whose state is now `live`."""
    return _annotations(item).get(_SKIP) != "true" and not readiness(live, ClusterState()).ready


def _annotations(item: KubernetesObject) -> Mapping[str, str]:
    return item.manifest["metadata"].get("annotations") or {}
