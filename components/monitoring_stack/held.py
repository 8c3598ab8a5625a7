"""What pods hold of nodes, as PromQL: the requests of those that are on a node and not done.

kube-state-metrics goes on reporting those of pods that wait for a node, and of what is left of failed ones. Source:
https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md
"""

import re

from components.metadata import MODEL_SERVER

REQUESTS, PHASE = "kube_pod_container_resource_requests", "kube_pod_status_phase"


def held(namespace: str, *matchers: str) -> str:
    """The requests of each server, by pod and resource, each once however many exporters see it."""
    own = f'namespace="{namespace}"'
    selected = ",".join((own, f'container="{MODEL_SERVER}"', 'node!=""', *matchers))
    there = f'max by (pod) ({PHASE}{{{own},phase=~"Pending|Running"}}) == 1'
    return f"(max by (pod, resource) ({REQUESTS}{{{selected}}}) and on (pod) ({there}))"


def exported_resource(name: str) -> str:
    """A resource as kube-state-metrics spells it."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)
