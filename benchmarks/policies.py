"""What does the policy pack cost: for one Deployment, and for stacks of growing size?"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.figure import Figure
from sandbox.analyzer import Analyzer
from sandbox.program_run import run_program
from sandbox.project import Project
from sandbox.recording import Resource

PROJECT = Project(Path(__file__).parents[1])
STACK = "prod"
MODEL = "iris"

DEPLOYMENTS = 200
ROUNDS = 5
MILLISECONDS_A_DEPLOYMENT = 4.0
SMALL, LARGE = 100, 400
LINEAR = 1.25


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Ask the pack, in its own process and over its protocol, about the resources of the prod stack."""
    resources = run_program(PROJECT, STACK).recording.resources
    of_model = [resource for resource in resources if resource.name.startswith(f"{MODEL}-")]
    (deployment,) = (resource for resource in of_model if resource.inputs.get("kind") == "Deployment")
    with Analyzer(PROJECT.policy_pack, PROJECT.name, STACK, PROJECT.policy_configuration(STACK)) as pack:
        yield _deployment(pack, deployment, progress)
        yield _growth(pack, of_model, progress)


def _deployment(pack: Analyzer, deployment: Resource, progress: Callable[[str], None]) -> Figure:
    progress(f"the policy pack over {DEPLOYMENTS} Deployments, {ROUNDS} rounds")
    # One after the other, as a program registers them: calls at once would wait for each other in the pack.
    rounds = [sum(_seconds(pack.analyze_each, [deployment]) for _ in range(DEPLOYMENTS)) for _ in range(ROUNDS)]
    return Figure(
        name="the whole policy pack for one Deployment",
        value=1000 * statistics.median(rounds) / DEPLOYMENTS,
        bound=MILLISECONDS_A_DEPLOYMENT,
        unit="ms",
        detail=f"median of {ROUNDS} rounds over {DEPLOYMENTS} Deployments, the protocol included",
    )


def _growth(pack: Analyzer, of_model: Sequence[Resource], progress: Callable[[str], None]) -> Figure:
    costs = []
    for models in (SMALL, LARGE):
        progress(f"the stack's rules over {models} models, {ROUNDS} rounds")
        stack = [_renamed(resource, f"model-{number}") for number in range(models) for resource in of_model]
        costs.append(statistics.median(_seconds(pack.analyze_stack, stack) for _ in range(ROUNDS)) / len(stack))
    small, large = (1000 * cost for cost in costs)
    return Figure(
        name=f"stack rules per resource, {LARGE} models against {SMALL}",
        value=large / small,
        bound=LINEAR,
        unit="x",
        detail=f"{large:.2f} against {small:.2f} ms a resource",
    )


def _seconds(analyze: Callable[[Sequence[Resource]], object], resources: Sequence[Resource]) -> float:
    started = time.monotonic()
    analyze(resources)
    return time.monotonic() - started


def _renamed(resource: Resource, model: str) -> Resource:
    """The resource as another model would have it: every name and label with the model's name in it."""
    inputs = json.loads(json.dumps(resource.inputs).replace(MODEL, model))
    return replace(resource, inputs=inputs, name=resource.name.replace(MODEL, model), urn=f"{resource.urn}-{model}")
