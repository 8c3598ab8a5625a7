"""What the pods of Prometheus and Alertmanager have around them: disruption, and one address for queries."""

import pulumi
from pulumi_kubernetes import core, policy

from components.metadata import SKIP_AWAIT_ANNOTATION, object_metadata, select
from components.prometheus.manifests.servers import NAME_LABEL, PROMETHEUS, PROMETHEUS_PORT


def disruption_budget(name: str, namespace: pulumi.Input[str]) -> policy.v1.PodDisruptionBudgetInitArgs:
    """Nodes are drained one pod after the other."""
    return policy.v1.PodDisruptionBudgetInitArgs(
        metadata=object_metadata(name, namespace),
        spec=policy.v1.PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=select({NAME_LABEL: name})),
    )


def queries(namespace: pulumi.Input[str]) -> core.v1.ServiceInitArgs:
    """Prometheus for whoever asks: always the same pod, as the others scraped at other times."""
    return core.v1.ServiceInitArgs(
        # The pods are the operator's, and wait for a Secret that is made after the namespace.
        metadata=object_metadata(PROMETHEUS, namespace, annotations={SKIP_AWAIT_ANNOTATION: "true"}),
        spec=core.v1.ServiceSpecArgs(
            selector={NAME_LABEL: PROMETHEUS},
            session_affinity="ClientIP",
            ports=[core.v1.ServicePortArgs(name="web", port=PROMETHEUS_PORT, target_port="web")],
        ),
    )
