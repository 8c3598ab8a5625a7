"""M05: how many servers a model has."""

from collections.abc import Iterator, Mapping

from configuration import Level
from node import NotYetKnownError
from rule import Severity, Violation
from stack import Stack, Workload, namespace_of, scaled_by
from stack_rule import StackRule, all_of, for_model_servers, for_resources
from subject import Resource

_FIELDS: Mapping[str, tuple[str, str]] = {
    "autoscaling/HorizontalPodAutoscaler": ("minReplicas", "maxReplicas"),
    "keda.sh/ScaledObject": ("minReplicaCount", "maxReplicaCount"),
}
_SCALED_KINDS = ("apps/Deployment", "apps/StatefulSet")
_LEAST_IN_PRODUCTION = 2


def _least(stack: Stack, autoscaler: Resource) -> Iterator[Violation]:
    least = autoscaler.properties.get("spec").get(_FIELDS[autoscaler.kind_name][0])
    if stack.configuration.production and (least.number() or 0) < _LEAST_IN_PRODUCTION:
        yield Violation.of(least, f"Set {least.path[-1]} to {_LEAST_IN_PRODUCTION} or more.")


def _most(stack: Stack, autoscaler: Resource) -> Iterator[Violation]:
    least, most = (autoscaler.properties.get("spec").get(field) for field in _FIELDS[autoscaler.kind_name])
    cap, number = stack.configuration.max_replicas, most.number()
    if number is None or number > cap:
        yield Violation.of(most, f"Set {most.path[-1]} to {cap:.0f} or less.")
    elif number < (least.number() or 0):
        yield Violation.of(most, f"Set {most.path[-1]} to {least.path[-1]} or more.")


def _target_exists(stack: Stack, autoscaler: Resource) -> Iterator[Violation]:
    target = autoscaler.properties.get("spec").get("scaleTargetRef")
    reference = scaled_by(autoscaler)
    if stack.referenced(reference):
        return
    kind = reference.partition("/")[0]
    if any(each.endswith(f"/{kind}") for each in stack.not_yet_known):
        raise NotYetKnownError(target.path)
    level = Level.ADVISORY if stack.is_for_others(namespace_of(autoscaler), [target.get("name").text() or ""]) else None
    remedy = "Set scaleTargetRef.kind and name to a workload."
    yield Violation(target.path, f"no {reference} in the stack", remedy, level)


def _only_one(stack: Stack, autoscaler: Resource) -> Iterator[Violation]:
    others = [other for other, _ in stack.autoscalers.get(scaled_by(autoscaler), ()) if other is not autoscaler]
    if others:
        target = autoscaler.properties.get("spec").get("scaleTargetRef")
        yield Violation(target.path, f"also scaled by {others[0].reference}", "Remove one of the two autoscalers.")


def _replicas_are_left_out(stack: Stack, workload: Resource) -> Iterator[Violation]:
    replicas = workload.properties.get("spec").get("replicas")
    # A workload of 0 replicas is stopped, whatever its autoscaler says.
    if stack.autoscalers.get(workload.reference or "") and replicas.is_set() and replicas.number() != 0:
        # Advice only: after an update Pulumi asks about the live object, in which the API server has set the field.
        remedy = "Leave replicas out: every update would undo what the autoscaler decided."
        yield Violation.of(replicas, remedy, Level.ADVISORY)


def _fixed_replicas(stack: Stack, server: Workload) -> Iterator[Violation]:
    if not stack.configuration.production or stack.autoscalers.get(server.resource.reference or ""):
        return
    replicas = server.resource.properties.get("spec").get("replicas")
    stopped = replicas.is_set() and replicas.number() == 0
    if server.resource.kind_name in _SCALED_KINDS and not stopped and (replicas.number() or 0) < _LEAST_IN_PRODUCTION:
        yield Violation.of(replicas, f"Set replicas to {_LEAST_IN_PRODUCTION} or more, or add an autoscaler.")


RULES = (
    StackRule(
        id="M05",
        title="Replicas have a minimum and a maximum",
        why="With one replica every lost node is an outage, and without a maximum a burst of requests has no bound on"
        " its cost. Two autoscalers, or a fixed number beside one, undo each other's work.",
        severity=Severity.HIGH,
        remedy="Set the autoscaler's minimum and maximum number of replicas.",
        check=all_of(
            for_resources(_FIELDS, _least, _most, _target_exists, _only_one),
            for_resources(_SCALED_KINDS, _replicas_are_left_out),
            for_model_servers(_fixed_replicas),
        ),
    ),
)
