"""Breaking one field of the rendered prod stack is caught by the rule meant for it."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue import STACK_RULES
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Finding
from inferencectl.program.recording import Recording, Resource
from inferencectl.program.run import run_program
from inferencectl.workspace.project import Project
from tests.policies.manifests import changed
from tests.policies.mutations import Mutation, mutations_of

LEAST_MUTATIONS = 150
PROD = "prod"


@pytest.fixture(scope="module")
def recording(pack: Path) -> Recording:
    return run_program(Project(pack.parent), PROD).recording


@pytest.fixture(scope="module")
def analyzer(pack: Path) -> Iterator[Analyzer]:
    with Analyzer(pack, "inference", PROD, pack / "config" / f"{PROD}.json") as running:
        yield running


def reported(findings: Iterable[Finding]) -> set[tuple[str, str, str, str]]:
    return {(each.rule, each.urn, each.field, each.found) for each in findings if not each.unknown}


def mutated(mutation: Mutation) -> Resource:
    return replace(mutation.resource, inputs=changed(mutation.resource.inputs, mutation.path, mutation.value))


def test_every_mutation_is_caught_by_the_rule_meant_for_it(
    recording: Recording, analyzer: Analyzer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = reported(analyzer.analyze(recording.resources))
    missed, count = [], 0
    for mutation in mutations_of(recording):
        subject = mutated(mutation)
        if mutation.rule in STACK_RULES:
            stack = [subject if each is mutation.resource else each for each in recording.resources]
            findings = analyzer.analyze_stack(stack)
        else:
            findings = analyzer.analyze_each([subject])
        count += 1
        if mutation.rule not in {rule for rule, *_ in reported(findings) - before}:
            missed.append(str(mutation))
    with capsys.disabled():
        sys.stdout.write(f"\nmutations of the prod stack: {count - len(missed)} of {count} caught by their rule\n")
    assert missed == []
    assert count >= LEAST_MUTATIONS
