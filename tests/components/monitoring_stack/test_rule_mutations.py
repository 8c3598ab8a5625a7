"""Every small fault of a rule makes a scene fail: the scenes say all that there is to say of the rules."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.components.monitoring_stack.equivalent_mutants import EQUIVALENT
from tests.components.monitoring_stack.promtool import Trial, chain_of, failures, rule_of, rules, trial
from tests.components.monitoring_stack.reading import Reading
from tests.components.monitoring_stack.readings import OF_OBJECTIVE, READINGS
from tests.components.monitoring_stack.rule_mutants import Mutant, mutants
from tests.components.monitoring_stack.scene import Scene
from tests.components.monitoring_stack.scenes import SCENES

Trials = tuple[Callable[[Sequence[Mutant]], Trial], Sequence[Mutant]]
LEAST_MUTANTS = 400
_NOT_EVALUATED = "the same labelset"
STATELESS = {
    "kube_statefulset_replicas": "kube_deployment_spec_replicas",
    "kube_statefulset_status": "kube_deployment_status",
    "statefulset": "deployment",
}
"""What differs where a model has a StatefulSet, and nothing else does."""


def scenes_by_shape() -> Mapping[str, Sequence[Scene]]:
    """The scenes of each rule, where those that differ only in the names of model and version are one."""
    found = defaultdict[str, list[Scene]](list)
    for scene in SCENES:
        chain = chain_of(rule_of(scene), scene.model)
        found[_shape(" ".join([scene.alert, *(rule["expr"] for rule in chain)]), scene)].append(scene)
    return found


def _shape(text: str, scene: Scene) -> str:
    for stateful, stateless in STATELESS.items():
        text = text.replace(stateful, stateless)
    return re.sub(rf"\b{scene.model}(?:-v\d)?\b", "MODEL", text) if scene.model else text


SHAPES = [*scenes_by_shape().values()]


def mutants_of(scene: Scene) -> Sequence[Mutant]:
    """All mutants of its rule, with faults in the words of its shape."""
    return [replace(each, fault=_shape(each.fault, scene)) for each in mutants(chain_of(rule_of(scene), scene.model))]


def uncaught(changed: Sequence[Mutant], trials: Iterable[Trials], promtool: Path, directory: Path) -> Sequence[str]:
    """Faults that no trial catches; those that one has caught are not tried again."""
    survivors = {each.fault for each in changed}
    for tried, own in trials:
        unclear = True
        while unclear and (left := [each for each in own if each.fault in survivors]):
            said = failures(promtool, [tried(left).written(directory)])
            assert "could not parse" not in said
            caught = set(re.findall(r"Mutant\d+", said))
            survivors -= {each.fault for each in left if each.name in caught}
            # Of one that cannot be evaluated, promtool says so and tries no other.
            unclear = bool(caught) and _NOT_EVALUATED in said
    return sorted(survivors)


def trials_of(scenes: Sequence[Scene]) -> Iterator[Trials]:
    """The scenes, and what is read of the same rules in other histories."""
    for scene in scenes:
        yield partial(trial, scene), mutants_of(scene)
    for scene in {each.model: each for each in scenes}.values():
        names = {each.get("alert") or each["record"] for each in chain_of(rule_of(scene), scene.model)}
        for reading in READINGS:
            if reading.model == scene.model and reading.rule in names:
                yield reading.trial, mutants_of(scene)


@pytest.mark.parametrize("scenes", SHAPES, ids=lambda scenes: scenes[0].name)
def test_every_fault_of_a_rule_is_caught(scenes: Sequence[Scene], promtool: Path, tmp_path: Path) -> None:
    survivors = uncaught(mutants_of(scenes[0]), trials_of(scenes), promtool, tmp_path)
    assert survivors == sorted(EQUIVALENT.get(scenes[0].name, {}))


@pytest.mark.parametrize("name", sorted({reading.rule for reading in OF_OBJECTIVE}))
def test_every_fault_of_a_recording_is_caught(name: str, promtool: Path, tmp_path: Path) -> None:
    readings = [reading for reading in OF_OBJECTIVE if reading.rule == name]
    (rule,) = (each for each in rules(readings[0].model) if each.get("record") == name)
    changed = [replace(each, fault=each.fault.replace(readings[0].model, "MODEL")) for each in mutants([rule])]
    survivors = uncaught(changed, [(reading.trial, changed) for reading in readings], promtool, tmp_path)
    assert survivors == sorted(EQUIVALENT.get(name, {}))


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: f"{reading.name} {reading.model}")
def test_a_rule_says_what_it_should(reading: Reading, promtool: Path, tmp_path: Path) -> None:
    assert failures(promtool, [reading.trial().written(tmp_path)]) == ""


def test_there_are_many_faults_and_those_that_change_nothing_are_of_rules() -> None:
    assert sum(len(mutants_of(scenes[0])) for scenes in SHAPES) >= LEAST_MUTANTS
    assert EQUIVALENT.keys() <= {scenes[0].name for scenes in SHAPES} | {reading.rule for reading in OF_OBJECTIVE}
