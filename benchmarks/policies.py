"""What does the policy pack cost, for one Deployment and for stacks of increasing size?"""

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.figure import Figure
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Resource
from inferencectl.program.run import run_program
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[1])
STACK = "prod"
MODEL = "iris"

DEPLOYMENTS = 200
ROUNDS = 5
MILLISECONDS_A_DEPLOYMENT = 4.0
SMALL, LARGE = 100, 400
LINEAR = 1.25


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Have the pack, in its own process and over its protocol, judge resources of the prod stack."""
    resources = run_program(PROJECT, STACK).recording.resources
    of_model = [resource for resource in resources if resource.name.startswith(f"{MODEL}-")]
    (deployment,) = (resource for resource in of_model if resource.inputs.get("kind") == "Deployment")
    with Analyzer(PROJECT.policy_pack, PROJECT.name, STACK, PROJECT.policy_configuration(STACK)) as pack:
        yield _deployment(pack, deployment, progress)
        yield _growth(pack, of_model, progress)


def _deployment(pack: Analyzer, deployment: Resource, progress: Callable[[str], None]) -> Figure:
    progress(f"the policy pack over {DEPLOYMENTS} Deployments, {ROUNDS} rounds")
    deployments = [deployment] * DEPLOYMENTS
    rounds = [_milliseconds(pack, pack.analyze_each, deployments) for _ in range(ROUNDS)]
    return Figure(
        name="CPU time of the policy pack for one Deployment",
        value=statistics.median(rounds),
        bound=MILLISECONDS_A_DEPLOYMENT,
        unit="ms",
        detail=f"median of {ROUNDS} rounds over {DEPLOYMENTS} Deployments, including the protocol",
    )


def _growth(pack: Analyzer, of_model: Sequence[Resource], progress: Callable[[str], None]) -> Figure:
    costs = []
    for models in (SMALL, LARGE):
        progress(f"the stack's rules over {models} models, {ROUNDS} rounds")
        stack = [_renamed(resource, f"model-{number}") for number in range(models) for resource in of_model]
        costs.append(statistics.median(_milliseconds(pack, pack.analyze_stack, stack) for _ in range(ROUNDS)))
    small, large = costs
    return Figure(
        name=f"CPU time of the stack's rules per resource, {LARGE} models compared to {SMALL}",
        value=large / small,
        bound=LINEAR,
        unit="x",
        detail=f"{large:.2f} compared to {small:.2f} ms per resource",
    )


def _milliseconds(
    pack: Analyzer, analyze: Callable[[Sequence[Resource]], object], resources: Sequence[Resource]
) -> float:
    """The CPU time of the pack's process per resource, which excludes other work on the machine."""
    process = psutil.Process(pack.process_id)
    before = process.cpu_times()
    analyze(resources)
    after = process.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system) / len(resources)


def _renamed(resource: Resource, model: str) -> Resource:
    """The same resource for another model, with the model's name replaced everywhere."""
    inputs = json.loads(json.dumps(resource.inputs).replace(MODEL, model))
    return replace(resource, inputs=inputs, name=resource.name.replace(MODEL, model), urn=f"{resource.urn}-{model}")
