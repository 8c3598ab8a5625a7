"""Numbers of pods pass between the program and an autoscaler before Pulumi deploys, with a stand-in for `pulumi`."""

import json

from inferencectl.deployer.hand_over import NUMBER_MANAGER
from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.workspace.project import Project
from tests.inferencectl.deployer.manifests import deployment
from tests.inferencectl.deployer.test_hand_over import scaled
from tests.inferencectl.pulumi.stand_in import MODEL, StandIn, ignore
from tests.inferencectl.rest import Rest, deployments


def test_an_autoscaler_that_leaves_is_gone_before_pulumi_sets_the_number(
    pulumi: StandIn, small_project: Project, control_plane: Cluster, namespace: str, rest: Rest
) -> None:
    workload = deployment(namespace, "web", replicas=2)
    rest.post(deployments(namespace), workload.manifest)
    scalers = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    leaving = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 2},
    }
    rest.post(scalers, leaving)
    known = {"urn": f"{MODEL}-autoscaler", "inputs": leaving}
    state = {"version": 3, "deployment": {"resources": [known, {"urn": "a component"}]}}
    pulumi.answer(stack_export={"stdout": json.dumps(state)})
    engine = PulumiEngine(project=small_project, stack="dev", kubeconfig=control_plane.kubeconfig)
    engine.preview(ignore)
    assert rest.items(scalers)
    engine.up(ignore, [workload])
    assert rest.items(scalers) == {}


def test_a_number_that_pulumi_has_set_has_another_owner_before_pulumi_gives_it_up(
    pulumi: StandIn, small_project: Project, control_plane: Cluster, namespace: str, rest: Rest
) -> None:
    """Pulumi creates with an ordinary request; what it applies for the first time then lacks the number."""
    created = deployment(namespace, "web", replicas=3)
    rest.post(f"{deployments(namespace)}?fieldManager=pulumi-kubernetes", created.manifest)
    engine = PulumiEngine(project=small_project, stack="dev", kubeconfig=control_plane.kubeconfig)
    engine.up(ignore, [scaled(namespace)])
    live = rest.get(f"{deployments(namespace)}/web")
    owners = [entry["manager"] for entry in live["metadata"]["managedFields"] if "f:spec" in entry["fieldsV1"]]
    assert owners == [NUMBER_MANAGER, "pulumi-kubernetes"]
    assert live["spec"]["replicas"] == 3
