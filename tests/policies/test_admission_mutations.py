"""Breaking one field of the rendered prod stack is refused at admission, in the policy pack's own words."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kubernetes.client import ApiClient

from catalogue import RULES
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Resource
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.workspace.project import Project
from settings import ADMISSION_RULES, Admission
from tests.policies.admission import GuardedNamespace, guarded_namespace
from tests.policies.manifests import changed
from tests.policies.mutations import Mutation, mutations_of

LEAST_REFUSED = 600
PROD = "prod"


@pytest.fixture(scope="module")
def run(pack: Path) -> ProgramRun:
    return run_program(Project(pack.parent), PROD)


@pytest.fixture(scope="module")
def analyzer(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyzer]:
    """The pack with its strict defaults, which are admission's as well."""
    file = tmp_path_factory.mktemp("defaults") / "policy-config.json"
    file.write_text("{}")
    with Analyzer(pack, "inference", PROD, file) as running:
        yield running


@pytest.fixture
def guarded(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    with guarded_namespace(api_client, Admission()) as made:
        yield made


def is_at_admission(mutation: Mutation) -> bool:
    """Whether admission has the rule for this kind of objects; of D01 it has what goes by a variable's name."""
    if mutation.rule == "D01":
        return mutation.path.endswith(" env") and "PASSWORD" in mutation.value[0]["name"]
    return mutation.rule in ADMISSION_RULES and mutation.resource.inputs["kind"] != "Namespace"


def test_every_mutation_is_refused_by_the_rule_meant_for_it(
    run: ProgramRun, guarded: GuardedNamespace, analyzer: Analyzer, capsys: pytest.CaptureFixture[str]
) -> None:
    by_policy, by_server, missed, other_words = 0, 0, [], []
    for mutation in filter(is_at_admission, mutations_of(run.recording)):
        broken = changed(mutation.resource.inputs, mutation.path, mutation.value)
        answer = guarded.create(broken)
        if not answer.is_accepted and not answer.is_denied:
            by_server += 1
            continue
        title = RULES[mutation.rule].title
        if answer.is_denied and f"{mutation.rule} {title} (" in answer.message:
            by_policy += 1
            remedies = {RULES[mutation.rule].remedy, *remedies_of(analyzer, mutation, broken)}
            if not any(f"): {remedy}" in answer.message for remedy in remedies):
                other_words.append(f"{mutation}: {answer.message}")
        else:
            missed.append(f"{mutation} = {mutation.value}: {answer.message}")
    with capsys.disabled():
        sys.stdout.write(
            f"\nmutations of the prod stack at admission: {by_policy} of {by_policy + len(missed)} refused by their "
            f"rule; {by_server} more are refused by the API server's own validation\n"
        )
    assert missed == []
    assert by_policy >= LEAST_REFUSED
    assert other_words == []


def remedies_of(analyzer: Analyzer, mutation: Mutation, broken: object) -> set[str]:
    subject: Resource = replace(mutation.resource, inputs=broken)
    return {each.remedy for each in analyzer.analyze_each([subject]) if each.rule == mutation.rule}
