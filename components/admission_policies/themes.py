"""The rules, grouped by the objects that they check: each theme becomes one policy per level in use."""

from components.admission_policies import access, images, network, placement, pod_security, pods, workloads
from components.admission_policies.rule import Theme
from settings import Admission


def themes(admission: Admission) -> tuple[Theme, ...]:
    """Every admission rule, with the stack's settings for registries and digests."""
    return (
        Theme(
            name="pods",
            resources=pods.RESOURCES,
            variables=pods.VARIABLES,
            judged=pods.JUDGED,
            rules=(*pod_security.RULES, *images.rules(admission), *workloads.RULES, *placement.RULES),
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
