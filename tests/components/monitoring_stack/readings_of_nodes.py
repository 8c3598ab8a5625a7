"""What is recorded of nodes in other namespaces than a model's."""

from components.monitoring_stack.rules.nodes import HELD, LOST, PRESSED
from tests.components.monitoring_stack.reading import Reading

_PODS = {
    f'{HELD}{{namespace="{namespace}",inference_model="mnist",node="{node}"}}': "2x40"
    for namespace, node in (("elsewhere", "node-1"), ("models", "node-2"))
}
_NODES = (("models", "node-1"), ("elsewhere", "node-2"))
_OF_VERSION = 'namespace="models",deployment="mnist-v1"'

NODES = (
    Reading(
        rule="ModelNodeDown",
        also="is of the namespace alone",
        model="mnist",
        series={
            **_PODS,
            **{f'{LOST}{{namespace="{namespace}",node="{node}"}}': "0x40" for namespace, node in _NODES},
            f"kube_deployment_status_replicas_available{{{_OF_VERSION}}}": "0x40",
            f"kube_deployment_spec_replicas{{{_OF_VERSION}}}": "1x40",
        },
        expected={20: None},
    ),
    Reading(
        rule="ModelNodePressed",
        also="is of the namespace alone",
        model="mnist",
        series={
            **_PODS,
            **{
                f'{PRESSED}{{namespace="{namespace}",node="{node}",condition="{condition}"}}': "1x40"
                for namespace, node in _NODES
                for condition in ("DiskPressure", "MemoryPressure", "PIDPressure")
            },
        },
        expected={20: None},
    ),
)
