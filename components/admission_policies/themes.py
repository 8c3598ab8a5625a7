"""The rules by the objects that they judge: each theme becomes a policy for every level that its rules have."""

from components.admission_policies import access, images, network, pod_security, pods, workloads
from components.admission_policies.rule import Theme
from settings import Admission


def themes(admission: Admission) -> tuple[Theme, ...]:
    """Every rule that admission has, with what the stack says of registries and digests."""
    return (
        Theme(
            name="pods",
            resources=pods.RESOURCES,
            variables=pods.VARIABLES,
            judged=pods.JUDGED,
            rules=(*pod_security.RULES, *images.rules(admission), *workloads.RULES),
        ),
        Theme(
            name="access",
            resources=access.RESOURCES,
            variables=access.VARIABLES,
            judged=access.JUDGED,
            rules=access.RULES,
        ),
        Theme(
            name="network",
            resources=network.RESOURCES,
            variables=network.VARIABLES,
            judged=network.JUDGED,
            rules=network.RULES,
        ),
    )
