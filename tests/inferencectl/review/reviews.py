"""Reviews of three stacks, made by hand; ``python -m tests.inferencectl.review.reviews`` records their report again."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from inferencectl.cost.comparison import compared
from inferencectl.policy_check.finding import Exemption, Finding, Severity
from inferencectl.policy_check.verdict import Verdict
from inferencectl.program.recording import Recording
from inferencectl.review.comparison import compare
from inferencectl.review.page import whole_report
from inferencectl.review.stack_review import StackReview
from settings import Cost, StackCost

GOLDEN = Path(__file__).parent / "golden" / "report.md"
BASE = "0123456789abcdef0123456789abcdef01234567"
URN = "urn:pulumi:dev::inference::inference:index:ModelService$kubernetes:apps/v1:Deployment::"
MODELS = ("mnist", "mnist-large")
VIOLATION = Finding(
    rule="S01",
    level="mandatory",
    urn=f"{URN}mnist-v2",
    severity=Severity.HIGH,
    title="Images are pinned",
    field="spec.template.spec.containers[0].image",
    found='"registry.example/mnist:latest"',
    remedy="Name the image by its digest.",
)
ADVICE = replace(
    VIOLATION,
    rule="N08",
    level="advisory",
    urn="",
    field="",
    title="Requests are encrypted",
    found="no TLS, says @everybody",
    exemption=Exemption(expires="2027-01-31", owner="edge team", reason="`No` gateway yet, see #12."),
)


def manifest(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    api = {"Deployment": "apps/v1", "Secret": "v1", "Service": "v1", "ConfigMap": "v1"}[kind]
    return {"apiVersion": api, "kind": kind, "metadata": {"namespace": "models-dev", "name": name}, **fields}


def deployment(name: str, image: str, replicas: int = 2) -> dict[str, Any]:
    pods = {"spec": {"containers": [{"name": "server", "image": image}]}}
    return manifest("Deployment", name, spec={"replicas": replicas, "template": pods})


def cost(amount: str) -> StackCost:
    part = Cost(name="mnist", least=Decimal(amount), most=Decimal(amount), least_pods=2, most_pods=2)
    return StackCost(currency="EUR", parts=(part,))


BEFORE = (
    deployment("mnist-v1", "registry.example/mnist:1"),
    deployment("mnist-large-v1", "registry.example/mnist:1", replicas=2),
    manifest("ConfigMap", "mnist-v1-config", data={"batching.txt": "size: 8\ntimeout: 5\n"}),
    manifest("Secret", "mnist-token", data="[secret]"),
    manifest("Service", "old", spec={"type": "ClusterIP"}),
)
AFTER = (
    deployment("mnist-v1", "registry.example/mnist:2"),
    deployment("mnist-large-v1", "registry.example/mnist:1", replicas=3),
    deployment("mnist-v2", "registry.example/mnist:latest"),
    manifest("ConfigMap", "mnist-v1-config", data={"batching.txt": "size: 16\ntimeout: 5\n```\n"}),
    manifest("Secret", "mnist-token", data="[secret]"),
)
CHANGED = StackReview(
    stack="dev",
    comparison=compare(BEFORE, AFTER, MODELS),
    verdict=Verdict(
        recording=Recording(project="inference", stack="dev", resources=()),
        remediations=(),
        findings=(ADVICE, VIOLATION),
    ),
    clients=("mnist: 90 % of the requests go to version 1, 10 % to version 2 (before: all requests go to version 1)",),
    models=("mnist: 3 → 4 (accuracy 0.983 → 0.984) by mnist@stable",),
    outages=("outage of mnist: the servers of version 1 stop before those of version 2 start",),
    cost=compared(cost("73.00"), cost("61.00")),
)
NOT_COMPARED = StackReview(
    stack="staging",
    not_compared="not compared, for the program of 0123456789ab refuses staging: no `x`",
    verdict=Verdict(
        recording=Recording(project="inference", stack="staging", resources=()), remediations=(), findings=()
    ),
)
REFUSED = StackReview(stack="prod", refusal="Pulumi.prod.yaml: inference:platform.models[0].size: 2Mb\nuse 2Mi")
REVIEWS = (CHANGED, NOT_COMPARED, REFUSED)


if __name__ == "__main__":
    GOLDEN.write_text(whole_report(REVIEWS, BASE), encoding="utf-8")
