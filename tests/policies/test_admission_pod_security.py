"""P01 to P15 at the API server: pods and workloads are refused as Kubernetes' own evaluator judges them."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.client import ApiClient

from settings import ADMISSION_RULES, Admission, RuleLevel
from tests.policies import pod_security_module
from tests.policies.admission import Answer, GuardedNamespace, complete_workload, guarded_namespace
from tests.policies.manifests import POD_LOCATIONS
from tests.policies.pod_security_module import Case

POD_SECURITY_RULES = {f"P{number:02}" for number in range(1, 16)}
OTHERS_OFF = {rule: RuleLevel.DISABLED for rule in ADMISSION_RULES if rule not in POD_SECURITY_RULES}


@pytest.fixture
def guarded(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    """A namespace with no label of Pod Security, under the rules of Pod Security alone."""
    with guarded_namespace(api_client, Admission(levels=OTHERS_OFF)) as made:
        yield made


def verdict(case: Case, answer: Answer) -> str:
    if answer.is_accepted:
        return "agreed" if case.allowed else "accepted by mistake"
    if answer.is_denied:
        return "refused by mistake" if case.allowed else "agreed"
    return "a pass case is malformed" if case.allowed else "refused before the policy"


def test_the_api_server_refuses_what_kubernetes_own_evaluator_refuses(
    guarded: GuardedNamespace, module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused_by_both = (case for case in pod_security_module.cases(module, "baseline") if not case.allowed)
    cases = [*pod_security_module.cases(module, "restricted"), *refused_by_both]
    counts: Counter[str] = Counter()
    mistakes = []
    for kind in POD_LOCATIONS:
        for case in cases:
            answer = guarded.create(complete_workload(kind, case.pod))
            counts[reported := verdict(case, answer)] += 1
            if reported not in ("agreed", "refused before the policy"):
                mistakes.append(f"{kind} {case}: {reported}: {answer.message}")
    with capsys.disabled():
        judged = sum(counts.values()) - counts["refused before the policy"]
        sys.stdout.write(
            f"\nPod Security Standards at admission, restricted: {counts['agreed']} of {judged} judged as Kubernetes "
            f"does; {counts['refused before the policy']} more are refused by the API server's own validation\n"
        )
    assert mistakes == []
    assert counts["agreed"] > 40 * len(POD_LOCATIONS)
