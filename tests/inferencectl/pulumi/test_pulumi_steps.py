"""The changes that Pulumi's events tell of, from what the real Pulumi has written."""

import io
import re

import pytest
from rich.console import Console

from inferencectl import deployment_report
from inferencectl.changes import Action, Plan
from tests.inferencectl.pulumi.recorded import events, plan_of

SECOND = {
    "± replace ConfigMap models/drifted (drifted)\n    ~ data.key: changed by another client → value",
    "+ create ConfigMap models/lost (drifted)",
    (
        "~ update HTTPRoute models/mnist\n"
        "    ~ spec.rules[0].backendRefs[mnist-v1].weight: 90 → 80\n"
        "    ~ spec.rules[0].backendRefs[mnist-v2].weight: 10 → 20"
    ),
    "± replace Secret models/secret\n    ~ data: [secret] → [secret]",
    "± replace Job models/job\n    ~ spec.template.spec.containers[import].image: tools:1 → tools:2",
    "+ create ConfigMap models/new",
    "+ create ConfigMap models/unknown",
    "! release ConfigMap models/kept\n    stays in the cluster with its data, outside the stack",
    "- delete ConfigMap models/gone",
    "3 to create, 1 to update, 3 to replace, 1 to delete, 1 to release, 1 unchanged",
}


def printed(plan: Plan) -> set[str]:
    """What is printed of a plan: each change with its fields, and the summary."""
    text = io.StringIO()
    deployment_report.print_plan(Console(file=text, width=200), plan)
    return set(re.split(r"\n(?=\S)", text.getvalue().rstrip("\n")))


def test_a_first_deployment_creates_every_object_and_counts_no_group_and_no_provider() -> None:
    plan = plan_of("first-up", events("first-up"))
    assert plan.counts == {Action.CREATE: 8}
    assert {change.kind for change in plan.changes} == {"ConfigMap", "Secret", "Job", "HTTPRoute"}


@pytest.mark.parametrize("name", ["second-preview", "second-up"])
def test_a_change_is_told_once_with_its_values_in_the_form_of_the_deployer(name: str) -> None:
    assert printed(plan_of(name, events(name))) == SECOND


def test_no_secret_is_told() -> None:
    for name in ("second-preview", "second-up"):
        told = repr(plan_of(name, events(name)))
        assert "second" not in told
        assert "first" not in told


def test_what_is_up_to_date_is_one_line() -> None:
    assert printed(plan_of("third-preview", events("third-preview"))) == {"no changes: 8 objects are up to date"}
