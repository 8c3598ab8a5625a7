"""Check the steps of a graph against each other: where they lead, and how long that takes at the most."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from settings.graph.cascade import Cascade
from settings.graph.edge import Edge, Target
from settings.graph.ensemble import Ensemble
from settings.graph.sequence import Sequence as SequenceStep
from settings.graph.step_of_graph import StepOfGraph
from settings.validation.issues import MISSING, Issue
from settings.validation.words import did_you_mean

MOST_CALLS = 64
"""Models that one request may ask: a step that several edges lead to is asked by each of them."""
Path = tuple[str | int, ...]


def ends_of(edge: Edge) -> Iterator[tuple[Path, Target]]:
    """The edge itself and its fallback, by path below it."""
    yield (), edge
    if edge.fallback:
        yield ("fallback",), edge.fallback


def structure_issues(entry: str, steps: Sequence[StepOfGraph], budget: int) -> Iterator[Issue]:
    """What is wrong with the steps whatever models there are; paths below the graph."""
    by_name = {step.name: step for step in steps}
    for index, step in enumerate(steps):
        for path, edge in step.ways.items():
            yield from (issue.below("steps", index, *path) for issue in _time_issues(edge, by_name))
    if entry not in by_name:
        hint = did_you_mean(entry, by_name)
        yield Issue(path=("entry",), found=f"'{entry}'", expected="the name of a step", hint=hint)
        return
    if cycle := _cycle(entry, by_name):
        index = next(index for index, step in enumerate(steps) if step.name == cycle[0])
        yield Issue(
            path=("steps", index),
            found=f"leads back to itself: {' > '.join(cycle)}",
            expected="steps that never lead back",
        )
        return
    reached = _reached(entry, by_name)
    for index, step in enumerate(steps):
        if step.name not in reached:
            yield Issue(
                path=("steps", index, "name"),
                found=f"'{step.name}', which no edge leads to",
                expected=f"a step that is reached from the entry, '{entry}'",
                hint="add an edge to it, or remove it",
            )
    yield from _sum_issues(entry, by_name, budget)


def _time_issues(edge: Edge, steps: Mapping[str, StepOfGraph]) -> Iterator[Issue]:
    for path, end in ends_of(edge):
        if end.to not in steps and end.timeout_milliseconds is None:
            expected = f"how long an attempt at model '{end.to}' may take"
            yield Issue(path=(*path, "timeoutMilliseconds"), found=MISSING, expected=expected)
        if end.to in steps and end.timeout_milliseconds is not None:
            yield Issue(
                path=(*path, "timeoutMilliseconds"),
                found=str(end.timeout_milliseconds),
                expected=f"none, as '{end.to}' is a step, whose models have their own",
            )
    if edge.to in steps and edge.retries:
        yield Issue(
            path=("retries",),
            found=str(edge.retries),
            expected=f"none, as '{edge.to}' is a step: a part of it may have been done",
            hint="set them on the edges to models",
        )


def _cycle(entry: str, steps: Mapping[str, StepOfGraph]) -> Sequence[str]:
    """The names along a way that leads back, or nothing."""
    done = set[str]()

    def below(name: str, way: tuple[str, ...]) -> Sequence[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done or name not in steps:
            return []
        for end in _ends(steps[name]):
            if found := below(end.to, (*way, name)):
                return found
        done.add(name)
        return []

    return below(entry, ())


def _reached(entry: str, steps: Mapping[str, StepOfGraph]) -> set[str]:
    reached, waiting = {entry}, [entry]
    while waiting:
        found = {end.to for end in _ends(steps[waiting.pop()])} & steps.keys() - reached
        reached |= found
        waiting += found
    return reached


def _ends(step: StepOfGraph) -> Iterator[Target]:
    return (end for edge in step.ways.values() for _, end in ends_of(edge))


def _sum_issues(entry: str, steps: Mapping[str, StepOfGraph], budget: int) -> Iterator[Issue]:
    needed = _most(steps, lambda end: end.most_milliseconds, of_members=max)(entry)
    if needed > budget:
        yield Issue(
            path=("budgetMilliseconds",),
            found=str(budget),
            expected=f"at least {needed}, what the edges may take together with their retries and fallbacks",
            hint="raise it, or lower timeoutMilliseconds or retries",
        )
    calls = _most(steps, lambda end: getattr(end, "retries", 0) + 1, of_members=sum)(entry)
    if calls > MOST_CALLS:
        yield Issue(
            path=("steps",),
            found=f"up to {calls} calls of models for one request",
            expected=f"at most {MOST_CALLS}, retries and fallbacks included",
        )


def at_once(entry: str, steps: Mapping[str, StepOfGraph]) -> int:
    """Answers of models that one request holds at the same time, at the most."""

    @cache
    def of_step(name: str) -> int:
        step = steps[name]
        widths = [max(of_step(end.to) if end.to in steps else 1 for _, end in ends_of(e)) for e in step.ways.values()]
        return sum(widths) if isinstance(step, Ensemble) else max(widths)

    return of_step(entry)


def _most(
    steps: Mapping[str, StepOfGraph], of_model: Callable[[Target], int], of_members: Callable[[Sequence[int]], int]
) -> Callable[[str], int]:
    """What a step takes at the most, given what an edge to a model takes: edges one after another add up."""

    @cache
    def of_step(name: str) -> int:
        step = steps[name]
        edges = [_sum(edge) for edge in step.ways.values()]
        if isinstance(step, Ensemble):
            return of_members(edges)
        return sum(edges) if isinstance(step, SequenceStep | Cascade) else max(edges)

    def _sum(edge: Edge) -> int:
        return sum(of_step(end.to) if end.to in steps else of_model(end) for _, end in ends_of(edge))

    return of_step
