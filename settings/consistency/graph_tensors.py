"""Check what steps of a graph pass on, where the tensors of requests and models are known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from settings.graph.cascade import Cascade
from settings.graph.edge import Edge, Target
from settings.graph.ensemble import Ensemble, Join
from settings.graph.graph import Graph
from settings.graph.sequence import Sequence as SequenceStep
from settings.graph.step_of_graph import StepOfGraph
from settings.graph.structure import Path, ends_of
from settings.graph.switch import Switch
from settings.model.model import Model
from settings.model.triton import DataType, Tensor
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean

_NO_NUMBERS = (DataType.BYTES, DataType.BOOL)
Known = Mapping[str, Tensor] | None
"""Tensors by their names; None where nobody has said them."""


def tensor_issues(graph: Graph, models: Mapping[str, Model]) -> Iterator[Issue]:
    """Tensors that are missing, or that do not fit a model, by path below the graph."""
    walk = _Walk(graph, models)
    walk.step(graph.entry, {each.name: each for each in graph.inputs} or None)
    yield from dict.fromkeys(walk.issues)


def unchecked(graph: Graph, models: Mapping[str, Model]) -> Sequence[str]:
    """The edges to models, as ``step > model``, of which nobody has said what is passed on or what is expected."""
    walk = _Walk(graph, models)
    walk.step(graph.entry, {each.name: each for each in graph.inputs} or None)
    return list(dict.fromkeys(walk.unchecked))


def inputs_of(graph: Graph, model: Model) -> Known:
    """What a model is asked with, as far as the stack says."""
    signed = [each.inputs for each in graph.signatures if each.model == model.name]
    return _by_name(signed[0]) if signed else _of_triton(model, model.triton.inputs if model.triton else ())


def outputs_of(graph: Graph, model: Model) -> Known:
    """What a model answers, as far as the stack says."""
    signed = [each.outputs for each in graph.signatures if each.model == model.name]
    return _by_name(signed[0]) if signed else _of_triton(model, model.triton.outputs if model.triton else ())


def _by_name(tensors: Sequence[Tensor]) -> Known:
    return {each.name: each for each in tensors} or None


def _of_triton(model: Model, tensors: Sequence[Tensor]) -> Known:
    """With ``batching``, the settings of Triton leave out the dimension of the batch."""
    batch = (-1,) if model.batching else ()
    return _by_name([each.model_copy(update={"dims": (*batch, *each.dims)}) for each in tensors])


@dataclass
class _Walk:
    """Every way through a graph, with the tensors that are known on it."""

    graph: Graph
    models: Mapping[str, Model]
    issues: list[Issue] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    _seen: dict[tuple[str, str], Known] = field(default_factory=dict)

    def step(self, name: str, given: Known) -> Known:
        """What a step answers; a step that gets the same again is not visited again."""
        key = (name, repr(sorted(given.items())) if given is not None else "")
        if key not in self._seen:
            self._seen[key] = self._visited(self.graph.by_name[name], given)
        return self._seen[key]

    def _visited(self, step: StepOfGraph, given: Known) -> Known:
        if isinstance(step, SequenceStep):
            for path, edge in step.ways.items():
                given = self._edge(step, path, edge, given)
            return given
        answers = [self._edge(step, path, edge, given) for path, edge in step.ways.items()]
        if isinstance(step, Ensemble):
            return self._joined(step, answers)
        if isinstance(step, Cascade):
            self._confidence(step, answers[0])
        if isinstance(step, Switch):
            self._decided(step, given)
        return self._same(step, answers) if isinstance(step, Cascade) else _if_same(answers)

    def _edge(self, step: StepOfGraph, path: Path, edge: Edge, given: Known) -> Known:
        own, *others = [self._end(step, (*path, *below), end, given) for below, end in ends_of(edge)]
        for other in others:
            if own is not None and other is not None and not _fit_all(own, other):
                expected = f"what '{edge.to}' answers: {_told(own)}"
                self._refuse(step, (*path, "fallback", "to"), f"answers {_told(other)}", expected)
        return own if all(_fit_all(own or {}, other or {}) for other in others) else None

    def _end(self, step: StepOfGraph, path: Path, end: Target, given: Known) -> Known:
        passed = given
        if end.inputs and given is not None:
            for name, source in end.inputs.items():
                if source not in given:
                    expected = f"a tensor that reaches the step: {', '.join(sorted(given))}"
                    self._refuse(step, (*path, "inputs", name), f"'{source}'", expected, did_you_mean(source, given))
            passed = {name: given[source] for name, source in end.inputs.items() if source in given}
        if end.to in self.graph.by_name:
            return self.step(end.to, passed)
        model = self.models[end.to]
        wanted = inputs_of(self.graph, model)
        if wanted is None or (passed is None and not end.inputs):
            self.unchecked.append(f"{step.name} > {end.to}")
        elif passed is None:
            self.unchecked.append(f"{step.name} > {end.to}")
            self._names(step, path, end, {*end.inputs}, wanted)
        else:
            self._names(step, path, end, {*passed} | {*end.inputs}, wanted)
            self._types(step, path, end, passed, wanted)
        return outputs_of(self.graph, model)

    def _names(
        self, step: StepOfGraph, path: Path, end: Target, passed: set[str], wanted: Mapping[str, Tensor]
    ) -> None:
        if passed != {*wanted}:
            expected = f"the inputs of '{end.to}': {', '.join(sorted(wanted))}"
            found = f"'{end.to}' gets {', '.join(sorted(passed)) or 'nothing'}"
            self._refuse(step, (*path, "inputs"), found, expected)

    def _types(
        self, step: StepOfGraph, path: Path, end: Target, passed: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
    ) -> None:
        for name in sorted(passed.keys() & wanted.keys()):
            if not _fit(passed[name], wanted[name]):
                expected = f"'{name}' of '{end.to}': {_type(wanted[name])}"
                self._refuse(step, (*path, "inputs", name), _type(passed[name]), expected)

    def _joined(self, step: Ensemble, answers: Sequence[Known]) -> Known:
        known = [each for each in answers if each is not None]
        if step.join is Join.ALL:
            if len(known) < len(answers):
                return None
            return {
                f"{edge.to}.{name}": each
                for edge, own in zip(step.edges, known, strict=True)
                for name, each in own.items()
            }
        if step.join is Join.MEAN:
            for name, each in {name: each for own in known for name, each in own.items()}.items():
                if each.data_type in _NO_NUMBERS:
                    self._refuse(
                        step, ("join",), f"mean of '{name}', {_type(each)}", "vote or all, or tensors of numbers"
                    )
        same = self._same(step, answers)
        if same is None or step.join is Join.VOTE:
            return same
        return {
            name: each
            if "FP" in each.data_type or each.data_type == "BF16"
            else each.model_copy(update={"data_type": DataType.FP64})
            for name, each in same.items()
        }

    def _same(self, step: StepOfGraph, answers: Sequence[Known]) -> Known:
        """The answers of those that have to answer alike."""
        known = [each for each in answers if each is not None]
        for other in known[1:]:
            if not _fit_all(known[0], other):
                names = " and ".join(f"'{edge.to}'" for edge in step.ways.values())
                self._refuse(
                    step, (), f"{names} answer {_told(known[0])}, and {_told(other)}", "answers that are alike"
                )
                return None
        return _if_same(answers)

    def _confidence(self, step: Cascade, light: Known) -> None:
        if light is None:
            return
        tensor = light.get(step.confidence)
        if tensor is None:
            expected, hint = (
                f"a tensor that '{step.light.to}' answers: {_told(light)}",
                did_you_mean(step.confidence, light),
            )
            self._refuse(step, ("confidence",), f"'{step.confidence}'", expected, hint)
        elif tensor.data_type in _NO_NUMBERS:
            self._refuse(step, ("confidence",), f"'{step.confidence}', {_type(tensor)}", "a tensor of numbers")

    def _decided(self, step: Switch, given: Known) -> None:
        if step.tensor is None or given is None:
            return
        tensor = given.get(step.tensor)
        if tensor is None:
            expected = f"a tensor that reaches the step: {', '.join(sorted(given))}"
            self._refuse(step, ("tensor",), f"'{step.tensor}'", expected, did_you_mean(step.tensor, given))
        elif any(size > 1 for size in tensor.dims):
            self._refuse(step, ("tensor",), f"'{step.tensor}', {_type(tensor)}", "a tensor of one element")

    def _refuse(self, step: StepOfGraph, path: Path, found: str, expected: str, hint: str = "") -> None:
        index = [each.name for each in self.graph.steps].index(step.name)
        self.issues.append(Issue(path=("steps", index, *path), found=found, expected=expected, hint=hint))


def _if_same(answers: Sequence[Known]) -> Known:
    """The first of them, if all are known to be alike."""
    first = answers[0]
    return (
        first if first is not None and all(other is not None and _fit_all(first, other) for other in answers) else None
    )


def _fit_all(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(_fit(each, other[name]) for name, each in one.items())


def _fit(one: Tensor, other: Tensor) -> bool:
    """Of one type, and sizes that are the same where both are known."""
    return (
        one.data_type == other.data_type
        and len(one.dims) == len(other.dims)
        and all(mine == its or -1 in (mine, its) for mine, its in zip(one.dims, other.dims, strict=True))
    )


def _type(tensor: Tensor) -> str:
    return f"{tensor.data_type} {[*tensor.dims]}"


def _told(tensors: Mapping[str, Tensor]) -> str:
    return ", ".join(f"{name} {_type(each)}" for name, each in sorted(tensors.items()))
