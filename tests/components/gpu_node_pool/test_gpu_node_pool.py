"""A pool as its provisioner sees it: bounds, capacity, labels, taints, and what it may take away."""

from typing import Any

import pytest

from components.gpu_node_pool import GpuNodePoolArgs
from components.gpu_node_pool.manifests import cluster_api, karpenter, marks, spare
from settings import GpuPool, Offer
from tests.components import pools
from tests.components.pools import MACHINE, POOLS

SHARED = POOLS["karpenter-shared"]


def requirements(pool: GpuPool) -> dict[str, list[str]]:
    spec = karpenter.node_pool_spec(pool)["template"]["spec"]
    assert all(each["operator"] == "In" for each in spec["requirements"])
    return {each["key"]: each["values"] for each in spec["requirements"]}


def annotations(pool: GpuPool) -> dict[str, Any]:
    made: Any = cluster_api.metadata(pool, MACHINE)
    return {key.rpartition("/")[2]: value for key, value in made.annotations.items()}


class TestMarks:
    def test_a_pool_is_known_by_a_label_that_a_node_cannot_give_itself(self) -> None:
        assert marks.labels(POOLS["karpenter"]) == {"node-restriction.kubernetes.io/gpu-pool": "pool"}

    def test_shared_cards_choose_their_configurations_by_labels(self) -> None:
        assert marks.labels(SHARED)["nvidia.com/device-plugin.config"] == "pool"
        assert "nvidia.com/mig.config" not in marks.labels(SHARED)
        assert marks.labels(POOLS["karpenter-mig"])["nvidia.com/mig.config"] == "pool"
        assert marks.labels(SHARED)["team"] == "vision"

    @pytest.mark.parametrize(
        ("kind", "key"),
        [("karpenter", "nvidia.com/gpu"), ("karpenter-amd", "amd.com/gpu"), ("cluster-api-gaudi", "habana.ai/gaudi")],
    )
    def test_the_taint_is_the_vendors(self, kind: str, key: str) -> None:
        (taint,) = marks.taints(POOLS[kind])
        assert (taint.key, taint.value, taint.effect) == (key, "present", "NoSchedule")


class TestKarpenter:
    def test_nodes_are_of_the_stacks_types_zones_and_kinds_of_capacity(self) -> None:
        assert requirements(SHARED) == {
            "node.kubernetes.io/instance-type": ["p4d.24xlarge"],
            "karpenter.sh/capacity-type": ["spot", "on-demand"],
            "topology.kubernetes.io/zone": ["eu-central-1a", "eu-central-1b"],
        }
        assert requirements(POOLS["karpenter"])["karpenter.sh/capacity-type"] == ["on-demand"]

    def test_a_pool_has_limits_and_a_weight(self) -> None:
        spec = karpenter.node_pool_spec(SHARED)
        assert spec["limits"] == {"nodes": "4", "nvidia.com/gpu": "32", "cpu": "384"}
        assert spec["weight"] == 10
        assert "weight" not in karpenter.node_pool_spec(POOLS["karpenter"])
        assert karpenter.node_pool_spec(POOLS["karpenter-amd"])["limits"] == {"nodes": "4", "amd.com/gpu": "32"}

    def test_only_so_many_nodes_go_at_a_time_and_none_when_the_stack_says_so(self) -> None:
        assert karpenter.node_pool_spec(SHARED)["disruption"] == {
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
            "consolidateAfter": "300s",
            "budgets": [{"nodes": "1"}, {"nodes": "0", "schedule": "0 8 * * MON-FRI", "duration": "600m"}],
        }
        usual = karpenter.node_pool_spec(POOLS["karpenter"])
        assert usual["disruption"]["consolidationPolicy"] == "WhenEmpty"
        assert usual["disruption"]["budgets"] == [{"nodes": "1"}]

    def test_nodes_get_old_or_never_do(self) -> None:
        expiry = [karpenter.node_pool_spec(POOLS[kind])["template"]["spec"]["expireAfter"] for kind in
                  ("karpenter", "karpenter-shared")]  # fmt: skip
        assert expiry == ["720h", "Never"]

    def test_taints_and_labels_are_those_of_the_nodes(self) -> None:
        template = karpenter.node_pool_spec(SHARED)["template"]
        assert template["metadata"]["labels"] == marks.labels(SHARED)
        assert template["spec"]["taints"] == [
            {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
            {"key": "team", "value": "vision", "effect": "NoSchedule"},
        ]
        assert template["spec"]["nodeClassRef"] == {
            "group": "karpenter.k8s.aws",
            "kind": "EC2NodeClass",
            "name": "gpu",
        }

    def test_devices_that_no_instance_type_lists_are_reported_to_karpenter(self) -> None:
        assert karpenter.node_overlay_spec(POOLS["karpenter"]) is None
        overlay = karpenter.node_overlay_spec(SHARED)
        assert overlay is not None
        assert overlay["requirements"] == [{"key": "karpenter.sh/nodepool", "operator": "In", "values": ["pool"]}]
        assert overlay["capacity"] == {"nvidia.com/gpu.shared": "32"}
        mixed = karpenter.node_overlay_spec(POOLS["karpenter-mig"])
        assert mixed is not None
        assert mixed["capacity"] == {
            "nvidia.com/mig-3g.20gb": "8",
            "nvidia.com/mig-2g.10gb": "8",
            "nvidia.com/mig-1g.5gb": "16",
        }


class TestClusterApi:
    def test_the_autoscaler_knows_bounds_and_capacity_of_a_pool_without_nodes(self) -> None:
        assert annotations(POOLS["cluster-api"]) == {
            "cluster-api-autoscaler-node-group-min-size": "0",
            "cluster-api-autoscaler-node-group-max-size": "4",
            "cpu": "96",
            "memory": "1Ti",
            "ephemeral-disk": "3Ti",
            "gpu-type": "nvidia.com/gpu",
            "gpu-count": "56",
            "labels": (
                "node-restriction.kubernetes.io/gpu-pool=pool,nvidia.com/device-plugin.config=pool,"
                "nvidia.com/mig.config=pool,topology.kubernetes.io/zone=eu-central-1a"
            ),
            "taints": "nvidia.com/gpu=present:NoSchedule",
        }

    def test_of_several_kinds_of_devices_it_learns_from_a_node(self) -> None:
        mixed = pools.machines(accelerator="a100-40gb", sharing=pools.MIG_MIXED, min_nodes=1)
        assert annotations(mixed)["cluster-api-autoscaler-node-group-min-size"] == "1"
        assert not {"gpu-type", "gpu-count"} & set(annotations(mixed))

    def test_the_number_of_machines_is_the_autoscalers(self) -> None:
        spec = cluster_api.spec(POOLS["cluster-api"], MACHINE)
        assert "replicas" not in spec
        assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
        machine = spec["template"]["spec"]
        assert (machine["clusterName"], machine["version"], machine["failureDomain"]) == (
            "inference",
            "v1.36.3",
            "eu-central-1a",
        )
        assert machine["infrastructureRef"]["kind"] == "Metal3MachineTemplate"
        assert machine["bootstrap"]["configRef"]["kind"] == "KubeadmConfigTemplate"


class TestSpare:
    @staticmethod
    def made(pool: GpuPool, offer: Offer) -> Any:
        return spare.deployment(GpuNodePoolArgs(pool=pool, namespace="models", pause_image="pause@sha256:3"), offer)

    def test_as_many_pods_as_devices_are_kept_free_on_the_pools_nodes(self) -> None:
        deployment = self.made(SHARED, SHARED.offers[0])
        pod = deployment.spec.template.spec
        assert deployment.spec.replicas == 2
        assert pod.containers[0].resources.limits["nvidia.com/gpu.shared"] == "1"
        assert pod.containers[0].resources.requests == pod.containers[0].resources.limits
        assert pod.node_selector == {"node-restriction.kubernetes.io/gpu-pool": "pool"}
        assert {toleration.key for toleration in pod.tolerations} == {"nvidia.com/gpu", "team"}

    def test_they_go_first_and_push_nobody_away_but_are_worth_a_node(self) -> None:
        priority: Any = spare.priority_class(SHARED)
        # The cluster autoscaler makes no nodes for pods below -10: --expendable-pods-priority-cutoff.
        assert -10 <= priority.value < 0
        assert priority.preemption_policy == "Never"
        assert self.made(SHARED, SHARED.offers[0]).spec.template.spec.termination_grace_period_seconds == 0

    def test_a_deployment_does_not_wait_for_them(self) -> None:
        made = self.made(SHARED, SHARED.offers[0])
        assert made.metadata.annotations == {"pulumi.com/skipAwait": "true"}

    def test_each_kind_of_device_has_its_own(self) -> None:
        mixed = POOLS["karpenter-mig"]
        names = [self.made(mixed, offer).metadata.name for offer in mixed.offers]
        assert names == ["pool-spare-mig-3g-20gb", "pool-spare-mig-2g-10gb", "pool-spare-mig-1g-5gb"]
